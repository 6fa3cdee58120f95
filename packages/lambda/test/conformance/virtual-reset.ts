import type { BackendError, LaunchRequest } from "../../src/backend/index.ts";
import { type MemoryContext, MemoryFault } from "../../src/testing/index.ts";
import type { Mistake } from "./mistake.ts";
import { initialise, type VirtualFiles } from "./virtual-code.ts";
import type { ProbeState } from "./virtual-probe.ts";

const never = new AbortController().signal;

/** What happens to an environment's state when its runtime ends and another begins. */
export function resetState(state: ProbeState, request: LaunchRequest, wrong: Mistake["reset"]): void {
  if (wrong !== "keeps processes") state.endProcesses();
  if (wrong === "loses files") state.tmp.clear();
  if (wrong === "keeps state") return;
  Object.assign(state, { count: 0, running: 0, most: 0, pid: state.pid + 1_000 });
  state.begin = beginAgain(state, request);
}

/** The init phase as a part of an invocation. @param earlier what the log has of the one that failed before */
export function beginAgain(state: ProbeState, request: LaunchRequest, earlier = ""): NonNullable<ProbeState["begin"]> {
  return async (context) => {
    state.inits += 1;
    const initTimeoutMs = Math.max(0, context.deadlineMs - Date.now());
    context.log(earlier);
    try {
      await initialise({ ...request, initTimeoutMs }, state.files, never, state.inits);
    } catch (error) {
      state.begin = beginAgain(state, request);
      throw failureOf(error as BackendError, context);
    }
  };
}

function failureOf(error: BackendError, context: MemoryContext): Error {
  context.log(logOf(error, "invoke"));
  const { errorType } = error.details;
  if (errorType === "Sandbox.Timedout") return new MemoryFault("timeout");
  const { errorMessage } = JSON.parse(String(error.details["payload"])) as { errorMessage: string };
  return Object.assign(new Error(errorMessage), { name: errorType });
}

/** What the log has of an init phase that failed. */
export function logOf({ details }: BackendError, phase: "init" | "invoke"): string {
  const { errorType, log } = details;
  const how = errorType === "Sandbox.Timedout" ? "timeout" : `error\tError Type: ${errorType}`;
  return `${log}INIT_REPORT Init Duration: 1.00 ms\tPhase: ${phase}\tStatus: ${how}\n`;
}

/** A state that is new. */
export function newState(files: VirtualFiles, pid: number, lose: () => void): ProbeState {
  const endProcesses = (): void => undefined;
  const counts = { count: 0, running: 0, most: 0, mostMemoryMb: 0, inits: 1 };
  return { files, pid, tmp: new Map(), lose, endProcesses, begin: undefined, ...counts };
}
