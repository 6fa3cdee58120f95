import { type Clock, FcError, withDeadline } from "@fc/core";
import type { ExecutionEnvironment, InitializationType, LambdaBackend } from "../backend/backend.ts";
import type { CodePackage } from "../backend/function-spec.ts";
import type { Slot } from "./slot.ts";

export interface LaunchSlotOptions {
  readonly backend: LambdaBackend;
  readonly clock: Clock;
  readonly limits: { readonly initTimeoutMs: number; readonly launchTimeoutMs: number };
}

/**
 * Has the backend make the slot's environment.
 * @throws BackendError; FcError `FC_DEADLINE_EXCEEDED`; the reason of the slot's own signal
 */
export function launchSlot(
  slot: Slot,
  code: () => CodePackage,
  { backend, clock, limits }: LaunchSlotOptions,
): Promise<ExecutionEnvironment> {
  const { spec } = slot;
  const what = `making an execution environment for ${spec.functionName}:${spec.version}`;
  const options = { timeoutMs: limits.launchTimeoutMs, what, clock, signal: slot.abort.signal };
  return withDeadline(options, (signal, onProgress) => {
    const launched = (async () => {
      const environment = await backend.launch(
        {
          spec,
          code: code(),
          initTimeoutMs: limits.initTimeoutMs,
          ...(slot.provisioned === undefined ? { retryInit: true } : {}),
          ...initializationOf(slot),
          ...(slot.log === undefined ? {} : { log: slot.log }),
        },
        { signal, onProgress },
      );
      // The deadline may have passed while the backend was answering: nobody would end this environment then.
      if (signal.aborted) await environment.terminate();
      return environment;
    })();
    slot.settled = launched.then(
      ({ initDurationMs: durationMs }) => {
        if (durationMs !== undefined)
          slot.log?.initialised({ endedAt: clock.now(), durationMs, ...initializationOf(slot) });
      },
      (error: unknown) => logFailure(slot, error, clock.now()),
    );
    return launched;
  });
}

/** What the function did wrong in its init phase is in its log. */
function logFailure(slot: Slot, error: unknown, endedAt: number): void {
  if (!FcError.isInstance(error, "FC_LAMBDA_INIT_FAILED")) return;
  const { errorType, initDurationMs } = error.details;
  slot.log?.initialised({
    ...initializationOf(slot),
    endedAt,
    durationMs: typeof initDurationMs === "number" ? initDurationMs : 0,
    errorType: typeof errorType === "string" ? errorType : "Runtime.ExitError",
  });
}

function initializationOf({ provisioned }: Slot): { readonly initializationType?: InitializationType } {
  return provisioned === undefined ? {} : { initializationType: "provisioned-concurrency" };
}
