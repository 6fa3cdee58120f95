import type { K8sPodConfig } from "@fc/k8s";
import type { Registry } from "./function-image.ts";
import type { GateSources } from "./gate-sources.ts";
import type { LambdaK8sSettings } from "./settings.ts";

/** Name of the function's container. */
export const containerName = "function";
/** Name of the one that runs the extensions of a container image. */
export const extensionsName = "extensions";
/** Key of the gate token in the environment's Secret. */
export const tokenKey = "token";
/** Keys of the function's variables there. */
export const variableKey = (name: string): string => `env.${name}`;

/** What decides where a Pod runs and where its image comes from. */
export interface PlacementContext {
  readonly settings: LambdaK8sSettings;
  /** The operator's; what the function's own tags say goes over it. */
  readonly podConfig?: K8sPodConfig | undefined;
  readonly pullSecret?: string | undefined;
  /** The registry that stands in for Amazon ECR. */
  readonly ecr?: Registry | undefined;
}

/** What a Pod needs to know beside the function. */
export interface PodContext extends PlacementContext {
  /** Of the environment, unique; its Runtime API host name is `<id>.rt`. */
  readonly environmentId: string;
  readonly hostName: string;
  /** The Runtime API as Pods reach it. */
  readonly runtimeApi: { readonly ip: string; readonly port: number };
  readonly hasLayers: boolean;
  readonly gates: GateSources;
  /** Names of the variables in the Secret, for environments that do not get them through a gate. */
  readonly variables?: readonly string[] | undefined;
  /** Names of the extensions that a container image has. */
  readonly extensions?: readonly string[] | undefined;
}
