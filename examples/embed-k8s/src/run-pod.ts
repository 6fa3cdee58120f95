// #region run
import { K8sClient, K8sPodConfig, names, podIsReady } from "@fc/k8s";

await using client = await K8sClient.connect({ environment: process.env });
const config = K8sPodConfig.resolvedBase("FAKECLOUD_LAMBDA_K8S", process.env);
const name = names.podName("fakecloud-lambda", "My_Function", crypto.randomUUID());
const pod = await client.createPod(
  config.apply({
    metadata: client.owned({ name }, "process", "lambda"),
    spec: { containers: [{ name: "main", image: "busybox:1.36", command: ["sleep", "60"] }] },
  }),
);
const uid = pod.metadata?.uid;
const ready = await client.waitForPod(name, podIsReady, { timeoutMs: 60_000, what: "to be Ready", uid });
const { stdout } = await client.exec(ready, "main", ["uname", "-s"]);
await client.deletePod(name, { uid });
// #endregion

console.log(name, stdout.toString().trim());
