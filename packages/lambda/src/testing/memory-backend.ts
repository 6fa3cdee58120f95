import { type Clock, systemClock } from "@fc/core";
import type { LambdaBackend, LaunchRequest } from "../backend/backend.ts";
import { BackendError } from "../backend/backend-error.ts";
import { MemoryEnvironment } from "./memory-environment.ts";
import type { MemoryFunction } from "./memory-function.ts";

/** How a launch goes wrong. */
export type LaunchFault = "launch-failed" | "init-failed" | "unsupported";

export interface MemoryBackendOptions {
  /** The functions, by FunctionName. One that is missing here cannot be launched. */
  readonly handlers: Readonly<Record<string, MemoryFunction>>;
  readonly clock?: Clock;
  /** Called at every launch; what it gives is the fault of that launch. May wait: the launch takes as long. */
  readonly onLaunch?: (
    request: LaunchRequest,
    signal: AbortSignal,
  ) => LaunchFault | undefined | Promise<LaunchFault | undefined>;
  /** Called when an environment is asked to end. May wait: its end takes as long. */
  readonly onTerminate?: () => void | Promise<void>;
  /**
   * Called when the function of an environment crashed or timed out. With it, the environment goes on, as Lambda's do: forget here
   * what a new process would not know. Without it, the environment ends.
   */
  readonly onReset?: (environment: MemoryEnvironment) => void;
  /** Called when a function is made or changed. May reject: such functions would not start. */
  readonly onPrepare?: LambdaBackend["prepare"];
  /** Called for a function that is a container image; gives its digest. May reject: it cannot be pulled. */
  readonly onPullImage?: LambdaBackend["pullImage"];
}

/** A {@link LambdaBackend} whose functions are callbacks. */
export interface MemoryBackend extends LambdaBackend {
  /** Every environment that was launched, also those that have ended. */
  readonly environments: readonly MemoryEnvironment[];
  /** How many launches were begun. */
  readonly launches: number;
}

/** Makes a backend for tests: no process, no network, failures on demand. */
export function memoryBackend(options: MemoryBackendOptions): MemoryBackend {
  const clock = options.clock ?? systemClock;
  const environments: MemoryEnvironment[] = [];
  const closing = new AbortController();
  let launches = 0;
  return {
    specificationVersion: "v1",
    name: "memory",
    environments,
    get launches() {
      return launches;
    },
    launch: async (request, { signal: wanted }) => {
      const signal = AbortSignal.any([wanted, closing.signal]);
      launches += 1;
      const id = `memory-${launches}`;
      const fault = await options.onLaunch?.(request, signal);
      if (signal.aborted) throw signal.reason;
      if (fault !== undefined) throw failure(fault);
      const run = options.handlers[request.spec.functionName];
      if (run === undefined)
        throw new BackendError("FC_LAMBDA_LAUNCH_FAILED", `No handler is registered for ${request.spec.functionName}`, {
          details: { reason: "NoHandler" },
        });
      const { onTerminate, onReset } = options;
      const environment = new MemoryEnvironment({ id, request, run, clock, onTerminate, onReset });
      environments.push(environment);
      return environment;
    },
    ...(options.onPrepare === undefined ? {} : { prepare: options.onPrepare }),
    ...(options.onPullImage === undefined ? {} : { pullImage: options.onPullImage }),
    reapStale: () => Promise.resolve(0),
    health: () => Promise.resolve({ ready: true, detail: "functions run in this process" }),
    [Symbol.asyncDispose]: async () => {
      const closed = "The backend is closing";
      closing.abort(new BackendError("FC_LAMBDA_LAUNCH_FAILED", closed, { details: { reason: "Closing" } }));
      await Promise.all(environments.map((environment) => environment.terminate()));
    },
  };
}

function failure(fault: LaunchFault): BackendError {
  if (fault === "unsupported") return new BackendError("FC_LAMBDA_RUNTIME_UNSUPPORTED", "There is no image for it");
  if (fault === "launch-failed")
    return new BackendError("FC_LAMBDA_LAUNCH_FAILED", "The image could not be pulled", {
      details: { reason: "ErrImagePull" },
    });
  const errorType = "Runtime.ImportModuleError";
  return new BackendError("FC_LAMBDA_INIT_FAILED", "The init phase failed", {
    details: {
      errorType,
      payload: JSON.stringify({ errorType, errorMessage: "Error: Cannot find module 'index'" }),
      log: "cannot find module\n",
      durationMs: 12,
    },
  });
}
