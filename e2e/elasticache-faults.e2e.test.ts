import { afterAll, beforeAll, describe } from "vitest";
import { cacheFaultTests, unpullable } from "./lib/cache-faults.ts";
import { elastiCacheClient } from "./lib/clients.ts";
import { evictPod } from "./lib/pods.ts";
import { execProgram, lacks } from "./lib/programs.ts";
import { type ServerProcess, startServer } from "./lib/server-process.ts";

describe.skipIf(await lacks("kubectl", "version", "--client"))("caches whose Pods are lost, or cannot be had", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer({ environment: { FAKECLOUD_ELASTICACHE_K8S_IMAGE_VALKEY: unpullable } });
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const environment = (): Record<string, string> => ({
    ...(process.env as Record<string, string>),
    KUBECONFIG: server.kubeconfig,
  });
  cacheFaultTests(() => ({
    client: elastiCacheClient(server.url),
    kubectl: (...args) => execProgram("kubectl", args, environment()),
    evictPod: (name) => evictPod("default", name, environment()),
  }));
});
