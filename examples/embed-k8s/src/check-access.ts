// #region check
import { accessText, checkAccess, podDefaults } from "@fc/k8s";

const pod = podDefaults(
  { metadata: { name: "function" }, spec: { containers: [{ name: "main", image: "busybox:1.36" }] } },
  { runAsUser: 1_000, memoryMib: 128 },
);
const report = await checkAccess({ environment: process.env, pods: [pod] });
console.log(accessText(report));
process.exitCode = report.ok ? 0 : 1;
// #endregion
