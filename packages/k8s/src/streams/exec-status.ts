import type { V1Status } from "@kubernetes/client-node";
import { KubernetesError, parseStatus } from "../errors/kubernetes-error.ts";

/**
 * The exit code in a status frame of exec.
 * @throws KubernetesError `FC_K8S_EXEC_FAILED` when the command could not run, or the frame is no Status
 */
export function exitCodeOf(frame: string, what: string): number {
  const status = parseStatus(frame) ?? statusWithoutKind(frame);
  if (status?.status === "Success") return 0;
  const cause = status?.details?.causes?.find(({ reason }) => reason === "ExitCode");
  const exitCode = Number(cause?.message);
  if (status?.reason === "NonZeroExitCode" && Number.isInteger(exitCode)) return exitCode;
  throw new KubernetesError(`${what}: ${status?.message ?? `the status is not understood: ${frame.slice(0, 200)}`}`, {
    code: "FC_K8S_EXEC_FAILED",
    ...(status?.code !== undefined && { httpStatus: status.code }),
    ...(status !== undefined && { status }),
    retryable: false,
  });
}

/** The kubelet's status frames carry no kind. */
function statusWithoutKind(frame: string): V1Status | undefined {
  try {
    const value: unknown = JSON.parse(frame);
    return typeof value === "object" && value !== null && "status" in value ? (value as V1Status) : undefined;
  } catch {
    return undefined;
  }
}
