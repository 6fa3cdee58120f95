/**
 * Lambda functions as Kubernetes Pods: a backend for `@fc/lambda`, and the Pod spec that it is made of.
 *
 * @packageDocumentation
 */

export type { Registry } from "./function-image.ts";
export { type GateSources, readGateSources } from "./gate-sources.ts";
export { K8sBackend, type K8sBackendOptions, type LaunchedFunction, type LaunchedInstance } from "./k8s-backend.ts";
export { createLambdaK8sBackend, type LambdaK8sBackendOptions } from "./lambda-k8s-backend.ts";
export type { PodContext } from "./pod-context.ts";
export { buildPodSpec } from "./pod-spec.ts";
export { type EntryKind, type GateKind, type RuntimeImage, runtimeImage } from "./runtime-image.ts";
export { completeSettings, type LambdaK8sSettings, lambdaK8sSettings } from "./settings.ts";
