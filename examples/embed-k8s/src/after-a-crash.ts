// #region crash
import { K8sClient, labels } from "@fc/k8s";

// Whoever is connected removes what dead processes left, by itself and within a minute. This one also waits for it.
await using client = await K8sClient.connect({ environment: process.env });
for (const { metadata: { name = "", uid = "" } = {} } of await client.listPods(`${labels.service}=lambda`)) {
  await client.waitForPodGone(name, uid, { timeoutMs: 90_000 });
  console.log(name, "is gone");
}
// #endregion
