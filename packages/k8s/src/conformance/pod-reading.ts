import type { V1Pod } from "@kubernetes/client-node";
import type { K8sClient } from "../client/k8s-client.ts";

export function nameOf(pod: V1Pod): string {
  return pod.metadata?.name ?? "";
}

export function uidOf(pod: V1Pod): string {
  return pod.metadata?.uid ?? "";
}

/** The Pod's containers have ended well. */
export function hasSucceeded(pod: V1Pod): boolean {
  return pod.status?.phase === "Succeeded";
}

/** All lines of a followed log. */
export async function followedLines(client: K8sClient, pod: V1Pod, signal: AbortSignal): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of client.followLogs(pod, "main", { signal })) lines.push(Buffer.from(line).toString());
  return lines;
}

/** The first line of a log, once it is written. */
export async function firstLine(client: K8sClient, pod: V1Pod, signal: AbortSignal): Promise<string> {
  for await (const line of client.followLogs(pod, "main", { signal })) return Buffer.from(line).toString();
  return "";
}
