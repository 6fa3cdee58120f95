import type { V1EnvVar } from "@kubernetes/client-node";
import type { PodContext } from "./pod-context.ts";

/** A variable whose value stays out of the Pod. */
export function fromSecret(name: string, secret: string, key: string): V1EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
}

/** What a runtime client dials: a name, since it tells the environment. */
export function runtimeApiName({ hostName, runtimeApi }: PodContext): string {
  return `${hostName}:${runtimeApi.port}`;
}

/** What a gate dials: an address, since bash resolves slowly. */
export function gateAddress({ runtimeApi: { ip, port } }: PodContext): string {
  return `${ip.includes(":") ? `[${ip}]` : ip}:${port}`;
}

/** Words that Kubernetes passes on as they are: it would put a variable's value for `$(NAME)` and one dollar sign for two. */
export function literal(words: readonly string[]): string[] {
  return words.map((word) => word.replaceAll("$", "$$$$"));
}
