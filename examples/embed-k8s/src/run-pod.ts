// #region run
import { K8sClient, K8sPodConfig, names } from "@fc/k8s";

await using client = await K8sClient.connect({ environment: process.env });
const name = names.podName("fakecloud-lambda", "My_Function", crypto.randomUUID());
const pod = await client.startPod(
  {
    metadata: { name },
    spec: { containers: [{ name: "main", image: "busybox:1.36", command: ["sleep", "60"] }] },
  },
  {
    owner: "process", // gone with this process, however that ends
    service: "lambda",
    podConfig: K8sPodConfig.resolvedBase("FAKECLOUD_LAMBDA_K8S", process.env),
    defaults: { runAsUser: 1_000, memoryMib: 32 }, // and all that Pod Security "restricted" asks for
    until: "ready",
    timeoutMs: 60_000,
  },
);
const { stdout } = await client.exec(pod, "main", ["uname", "-s"]);
await client.deletePod(name, { uid: pod.metadata?.uid });
// #endregion

console.log(name, stdout.toString().trim());
