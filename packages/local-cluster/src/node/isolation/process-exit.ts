import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import type { ContainerExit } from "./isolation.ts";

/** Resolves when the process has ended (its pipes may still hold output). */
export function exitOf(child: ChildProcess): Promise<ContainerExit> {
  return new Promise((resolve) => {
    child.once("exit", (code, name) => {
      const signal = name === null ? undefined : constants.signals[name];
      resolve({ exitCode: code ?? 128 + (signal ?? 0), signal });
    });
    child.once("error", () => resolve({ exitCode: 128, signal: undefined }));
  });
}

/** process.kill that does not mind a process that is gone. Negative: a process group. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH: it ended by itself. EPERM cannot happen for one's own children, and there is nothing else to do about it.
  }
}
