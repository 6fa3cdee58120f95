import type { Container, Pod, ProbeHandler } from "../pod-types.ts";
import type { ProbeResult } from "./probe-actions.ts";

/** What a kubelet says of a container whose postStart hook has failed. */
export function hookFailure(pod: Pod, container: Container, hook: ProbeHandler, result: ProbeResult): string {
  const { name, namespace = "", uid = "" } = pod.metadata;
  const where = `for Container "${container.name}" in Pod "${name}_${namespace}(${uid})"`;
  if (hook.exec === undefined) {
    const path = hook.httpGet?.path ?? "";
    return `HTTP lifecycle hook (${path}) ${where} failed - error: ${result.output}`;
  }
  const command = (hook.exec.command ?? []).join(" ");
  const error = `command '${command}' exited with ${result.exitCode ?? 1}: `;
  return `Exec lifecycle hook ([${command}]) ${where} failed - error: ${error}, message: ${JSON.stringify(result.output)}`;
}
