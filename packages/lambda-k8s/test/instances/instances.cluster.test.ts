import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe } from "vitest";
import { instancesCases } from "./instances-cases.ts";

const kubeconfig = process.env["KUBECONFIG"] ?? "";
const namespace = `dev-instances-${process.pid}`;

describe("on a real cluster", () => {
  const api = (): CoreV1Api => {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    return config.makeApiClient(CoreV1Api);
  };
  beforeAll(() => api().createNamespace({ body: { metadata: { name: namespace } } }));
  afterAll(() => api().deleteNamespace({ name: namespace }));

  instancesCases(() => ({ kubeconfig, namespace }));
});
