import type { FunctionSpec } from "@fc/lambda/backend";
import { runtimeImage } from "./runtime-image.ts";
import type { LambdaK8sSettings } from "./settings.ts";

/** A container registry as the nodes reach it. */
export interface Registry {
  readonly host: string;
  readonly port: number;
}

/** Private repositories of Amazon ECR, in all partitions, FIPS and dual-stack endpoints included. */
const ecrHost =
  /^\d{12}\.dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)$/;

/**
 * The image that a function runs in: of its runtime, or the function itself.
 * @param ecr the registry that stands in for ECR, if one does
 * @throws BackendError `FC_LAMBDA_RUNTIME_UNSUPPORTED`
 */
export function functionImage(
  spec: FunctionSpec,
  settings: Pick<LambdaK8sSettings, "images" | "imageRegistry">,
  ecr: Registry | undefined,
): string {
  if (spec.image !== undefined) return ecr === undefined ? spec.image.uri : inRegistry(spec.image.uri, ecr);
  const { image } = runtimeImage(spec.runtime, spec.environment);
  return settings.images[spec.runtime] ?? `${settings.imageRegistry}/${image}`;
}

/** A reference into ECR with the registry's host instead, repository, tag and digest as they are; any other as it is. */
export function inRegistry(uri: string, { host, port }: Registry): string {
  const slash = uri.indexOf("/");
  if (slash === -1 || !ecrHost.test(uri.slice(0, slash))) return uri;
  return `${host.includes(":") ? `[${host}]` : host}:${port}${uri.slice(slash)}`;
}
