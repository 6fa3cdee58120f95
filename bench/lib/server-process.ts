import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Measured {
  readonly child: ChildProcess;
  readonly url: string;
  /** Milliseconds from starting the process to its first answer. */
  readonly startMs: number;
}

/** Starts a Node.js program that prints `FAKECLOUD_PORT=<n>`, and measures until it answers its first request. */
export async function startMeasured(
  program: URL,
  args: readonly string[],
  path: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  const started = performance.now();
  const child = spawn(process.execPath, [fileURLToPath(program), ...args], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, ...environment },
  });
  let text = "";
  const port = await new Promise<string>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`${program.pathname} ended with ${code}`)));
    child.stdout.on("data", (chunk) => {
      text += chunk;
      const found = /^FAKECLOUD_PORT=(\d+)$/m.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  const url = `http://127.0.0.1:${port}`;
  await (await fetch(url + path)).arrayBuffer();
  return { child, url, startMs: performance.now() - started };
}

/** Resident memory of a process in MiB. Linux only. */
export function residentMiB(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) / 1_024;
}

/** Ends the process and waits for it. */
export async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
