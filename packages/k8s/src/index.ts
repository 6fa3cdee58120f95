/**
 * Kubernetes for emulators whose resources are Pods: connection, names, labels, Pod configuration, waits, exec, logs, dial,
 * ownership and the removal of what dead processes left.
 *
 * @packageDocumentation
 */
export { type AccessCode, type AccessLine, type AccessReport, accessText } from "./access/access-report.ts";
export { type CheckAccessOptions, checkAccess } from "./access/check-access.ts";
export { type CheckPodReachOptions, checkPodReach, type PodReach } from "./access/check-pod-reach.ts";
export { type Permission, requiredPermissions } from "./access/permissions.ts";
export { type RoleRule, roleRules, roleYaml } from "./access/role-yaml.ts";
export {
  type ClusterOptions,
  type ConnectOptions,
  type K8sClientSettings,
  k8sClientSettings,
} from "./client/connect-options.ts";
export type {
  ExecOptions,
  ExecOutput,
  ExecStreamOptions,
  ExecToFileOptions,
  FetchFileOptions,
} from "./client/exec-options.ts";
export { K8sClient } from "./client/k8s-client.ts";
export type { CallOptions, RemoveOptions } from "./client/resource-client.ts";
export type { ExplicitCluster } from "./config/find-cluster.ts";
export type {
  Kubeconfig,
  KubeconfigCluster,
  KubeconfigContext,
  KubeconfigExec,
  KubeconfigUser,
} from "./config/kubeconfig.ts";
export { K8sEnv, type K8sEnvironment, type K8sSettings, k8sSettings, type SelfUrl } from "./env.ts";
export { KubernetesError, type KubernetesErrorOptions } from "./errors/kubernetes-error.ts";
export { PodStartError, type PodStartErrorOptions } from "./errors/pod-start-error.ts";
export { labels, managedBySelector, managedByValue, type OwnedService } from "./labels.ts";
export { names } from "./names.ts";
export type { DiscardedPod } from "./ownership/discards.ts";
export type { OwnedObject, ReconcileOptions, Reconciler } from "./ownership/reconciler.ts";
export { K8sPodConfig, K8sTagError } from "./pod-config/pod-config.ts";
export { type PodConfigValues, podConfigSettings, type ReservedTag } from "./pod-config/settings.ts";
export type { LaunchPodOptions, StartPodOptions } from "./pods/launch-pod.ts";
export { type PodDefaults, podDefaults } from "./pods/pod-defaults.ts";
export { podIsReady } from "./pods/pod-status.ts";
export type { WaitForPodOptions } from "./pods/wait-for-pod.ts";
export type { ExecResult, ExecStream } from "./streams/exec.ts";
export type { ExecStdin } from "./streams/exec-stdin.ts";
export type { ExecToFileLimits, ExpectedOutput } from "./streams/exec-to-file.ts";
export type { FollowLogsOptions, PodLogsOptions } from "./streams/pod-logs.ts";
export type { RequestObserver } from "./transport/http-transport.ts";
export type { RateLimit } from "./transport/request-gate.ts";
export type { PodChange, PodListener } from "./watch/pod-store.ts";
