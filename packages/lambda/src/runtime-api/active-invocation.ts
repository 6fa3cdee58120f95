import type { Deferred } from "@fc/core";
import type { Invocation, InvocationResult } from "../backend/index.ts";
import type { LogCapture } from "./log-capture.ts";
import type { Completion } from "./runtime-side.ts";
import type { SupervisorChannel } from "./supervisor-channel.ts";

/** The invocation that an environment was given, until it is answered. */
export interface ActiveInvocation {
  readonly invocation: Invocation;
  readonly result: Deferred<InvocationResult>;
  readonly cancelDeadline: () => void;
  deliveredAtMs?: number;
}

/** Gives the invocation its result, with everything that was written before the answer and, when that is wanted, the memory used. */
export async function settle(
  active: ActiveInvocation,
  completion: Completion,
  from: { readonly nowMs: number; readonly output: LogCapture; readonly supervisor: SupervisorChannel },
): Promise<void> {
  const wanted = active.invocation.wantsMemory === true ? from.supervisor.peakMemoryMb() : undefined;
  const [maxMemoryUsedMb] = await Promise.all([wanted, from.output.complete()]);
  const end = {
    log: from.output.take(),
    durationMs: from.nowMs - (active.deliveredAtMs ?? from.nowMs),
    ...(maxMemoryUsedMb === undefined ? {} : { maxMemoryUsedMb }),
  };
  active.result.resolve(
    "error" in completion
      ? { outcome: "unhandled", payload: completion.error.payload, errorType: completion.error.errorType, ...end }
      : { outcome: "success", payload: completion.payload, ...end },
  );
}
