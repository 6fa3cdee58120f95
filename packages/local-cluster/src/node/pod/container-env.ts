import type { Container, EnvVar, KeySelector, Pod } from "../pod-types.ts";
import type { ConfigSource } from "./config-source.ts";
import { ContainerConfigError } from "./container-config-error.ts";
import { type NodeCapacity, type PodAddresses, podField, resourceField } from "./downward-field.ts";
import { expandVariables } from "./variable-expansion.ts";

export interface EnvContext {
  readonly pod: Pod;
  readonly container: Container;
  readonly source: ConfigSource;
  readonly addresses: PodAddresses;
  readonly capacity: NodeCapacity;
}

/**
 * The environment that the Pod's spec gives a container: `envFrom`, then `env` in order, later names win. The image's own
 * variables are not in it, and never the server's.
 * @throws ContainerConfigError when a Secret, ConfigMap or key that is not optional is missing.
 */
export function containerEnv(context: EnvContext): Record<string, string> {
  const env: Record<string, string> = { ...envFromSources(context) };
  for (const variable of context.container.env ?? []) {
    const value =
      variable.valueFrom === undefined
        ? expandVariables(variable.value ?? "", env)
        : referencedValue(variable, context);
    if (value !== undefined) env[variable.name] = value;
  }
  return env;
}

function envFromSources({ container, source }: EnvContext): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { prefix = "", secretRef, configMapRef } of container.envFrom ?? []) {
    const reference = secretRef ?? configMapRef;
    if (reference === undefined) continue;
    const data = secretRef === undefined ? source.configMap(reference.name) : source.secret(reference.name);
    if (data === undefined) {
      if (reference.optional === true) continue;
      throw new ContainerConfigError(
        `${secretRef === undefined ? "configmap" : "secret"} "${reference.name}" not found`,
      );
    }
    for (const [key, value] of data) env[prefix + key] = value.toString("utf8");
  }
  return env;
}

function referencedValue(variable: EnvVar, context: EnvContext): string | undefined {
  const { fieldRef, secretKeyRef, configMapKeyRef, resourceFieldRef } = variable.valueFrom ?? {};
  if (secretKeyRef !== undefined) return keyOf("secret", secretKeyRef, context);
  if (configMapKeyRef !== undefined) return keyOf("configmap", configMapKeyRef, context);
  const value =
    fieldRef !== undefined
      ? podField(context.pod, fieldRef.fieldPath, context.addresses)
      : resourceFieldRef !== undefined
        ? resourceField(context.pod, context.container, resourceFieldRef, context.capacity)
        : undefined;
  if (value === undefined) {
    const what = fieldRef?.fieldPath ?? resourceFieldRef?.resource ?? "its valueFrom";
    throw new ContainerConfigError(`env ${variable.name}: unsupported field ${what}`);
  }
  return value;
}

function keyOf(kind: "secret" | "configmap", selector: KeySelector, { pod, source }: EnvContext): string | undefined {
  const data = kind === "secret" ? source.secret(selector.name) : source.configMap(selector.name);
  const value = data?.get(selector.key);
  if (value !== undefined) return value.toString("utf8");
  if (selector.optional === true) return undefined;
  if (data === undefined) throw new ContainerConfigError(`${kind} "${selector.name}" not found`);
  const title = kind === "secret" ? "Secret" : "ConfigMap";
  throw new ContainerConfigError(
    `couldn't find key ${selector.key} in ${title} ${pod.metadata.namespace ?? ""}/${selector.name}`,
  );
}
