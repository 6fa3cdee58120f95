import { FcError } from "@fc/core";
import type { V1Pod } from "@kubernetes/client-node";

/** What is known of a Pod that will not become what was waited for. */
export interface PodStartErrorOptions {
  /** Kubernetes' word: `ErrImagePull`, `CrashLoopBackOff`, `Unschedulable`, `OOMKilled`, `Failed`, `Deleted`… */
  readonly reason: string;
  readonly pod?: V1Pod;
  readonly exitCode?: number;
  /** `Reason: message`, oldest first. */
  readonly events?: readonly string[];
  /** The end of the log of the container at fault. */
  readonly logTail?: string;
  readonly cause?: unknown;
}

/** A Pod that cannot start, with Kubernetes' reason, its last events and the end of its log. `code` is `FC_K8S_POD_START_FAILED`. */
export class PodStartError extends FcError {
  readonly reason: string;
  readonly pod: V1Pod | undefined;
  readonly exitCode: number | undefined;
  readonly events: readonly string[];
  readonly logTail: string | undefined;

  constructor(message: string, options: PodStartErrorOptions) {
    const { reason, pod, exitCode, events = [], logTail } = options;
    const parts = [
      message,
      ...(events.length > 0 ? [`events: ${events.join("; ")}`] : []),
      ...(logTail !== undefined && logTail !== "" ? [`log: ${logTail.trim()}`] : []),
    ];
    super("FC_K8S_POD_START_FAILED", parts.join("\n"), {
      details: { reason, pod: pod?.metadata?.name, ...(exitCode !== undefined && { exitCode }), events },
      cause: options.cause,
    });
    this.reason = reason;
    this.pod = pod;
    // Printed with the error, hundreds of lines of it would hide the message.
    Object.defineProperty(this, "pod", { enumerable: false });
    this.exitCode = exitCode;
    this.events = events;
    this.logTail = logTail;
  }

  static is(error: unknown): error is PodStartError {
    return FcError.isInstance(error, "FC_K8S_POD_START_FAILED");
  }
}
