import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { FcError, type Logger } from "@fc/core";
import type { InitHook } from "./find-hooks.ts";

export interface RunHookOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/** Lines of a hook that its failure is told with. */
const keptLines = 10;

/** Runs one hook to its end; what it writes is in the log. @throws FcError `FC_SERVER_INIT_FAILED` with its last lines */
export async function runHook({ name, command }: InitHook, options: RunHookOptions): Promise<void> {
  const { environment, timeoutMs, logger } = options;
  const last: string[] = [];
  const [program, ...args] = command;
  const { promise: ended, resolve } = Promise.withResolvers<string | undefined>();
  const child = spawn(program, args, { env: { ...environment }, stdio: ["ignore", "pipe", "pipe"] });
  for (const input of [child.stdout, child.stderr])
    createInterface({ input }).on("line", (line) => {
      logger.info({ hook: name, line }, "an init hook says");
      last.push(line);
      if (last.length > keptLines) last.shift();
    });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
    // What it has started may hold its output open, and go on.
    for (const output of [child.stdout, child.stderr]) output.destroy();
  }, timeoutMs);
  child.once("error", (error) => resolve(error.message));
  child.once("close", (code, signal) => {
    if (isLate) resolve(`it was not done in time (${timeoutMs / 1_000} s are FAKECLOUD_INIT_TIMEOUT_SECONDS)`);
    else if (signal !== null) resolve(`it was ended by ${signal}`);
    else resolve(code === 0 ? undefined : `exit code ${code}`);
  });
  const problem = await ended;
  clearTimeout(timer);
  if (problem === undefined) return;
  const said = last.length === 0 ? "" : `. Its last lines:\n${last.join("\n")}`;
  throw new FcError("FC_SERVER_INIT_FAILED", `The init hook ${name} failed: ${problem}${said}`, {
    fault: "user",
    details: { hook: name },
  });
}
