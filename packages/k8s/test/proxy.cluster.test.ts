import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { K8sClient, type Kubeconfig, podIsReady } from "../src/index.ts";
import { AccountNamespace } from "./account-namespace.ts";
import { ConnectProxy } from "./connect-proxy.ts";

test("calls, watch, exec and port-forward go through a proxy", async () => {
  await using namespace = await AccountNamespace.create(`dev-k8s-proxy-${process.pid}`);
  await namespace.kubectl("wait", "serviceaccount/default", "--for=create", "--timeout=30s");
  await using proxy = await ConnectProxy.start();
  const { stdout: view } = await promisify(execFile)("kubectl", ["config", "view", "--raw", "--minify", "-o", "json"]);
  const { clusters = [], ...rest } = JSON.parse(view) as Kubeconfig;
  const throughProxy = clusters.map(({ name, cluster }) => ({ name, cluster: { ...cluster, "proxy-url": proxy.url } }));
  await using client = await K8sClient.connect({
    kubeconfigContent: { ...rest, clusters: throughProxy },
    namespace: namespace.name,
  });
  const script = "echo up; nc -ll -p 8080 -e cat";
  const main = { name: "main", image: "busybox:1.36", imagePullPolicy: "IfNotPresent", command: ["sh", "-c", script] };
  await client.createPod({
    metadata: client.owned({ name: "p" }, "process", "lambda"),
    spec: { terminationGracePeriodSeconds: 0, containers: [main] },
  });
  const pod = await client.waitForPod("p", podIsReady, { timeoutMs: 60_000, what: "to be Ready" });
  expect((await client.exec(pod, "main", ["echo", "out"])).stdout.toString()).toBe("out\n");
  const stream = await client.dial({ ...pod, status: { podIP: "192.0.2.1" } }, 8080);
  stream.write("ping\n");
  const [answer] = await stream.take(1).toArray();
  expect(String(answer)).toBe("ping\n");
  stream.destroy();
  const { host } = new URL(clusters[0]?.cluster.server ?? "");
  expect(new Set(proxy.targets)).toEqual(new Set([host]));
  // Calls share their tunnels; a watch, an exec and a port-forward hold one each.
  expect(proxy.targets.length).toBeLessThan(10);
});
