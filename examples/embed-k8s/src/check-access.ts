// #region check
import { accessText, checkAccess } from "@fc/k8s";

const report = await checkAccess({
  environment: process.env,
  pods: [{ metadata: { name: "function" }, spec: { containers: [{ name: "main", image: "busybox:1.36" }] } }],
});
console.log(accessText(report));
process.exitCode = report.ok ? 0 : 1;
// #endregion
