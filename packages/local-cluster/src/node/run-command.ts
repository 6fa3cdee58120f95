import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { errorText } from "@fc/core";
import type { HostCommand } from "./isolation/isolation.ts";
import { exitOf, sendSignal } from "./isolation/process-exit.ts";

export interface CommandIo {
  readonly stdin?: Readable | undefined;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Kills the command and what it started in its process group. */
  readonly signal: AbortSignal;
}

/** A grandchild may hold the output open after the command has ended: how long its output is still waited for. */
const drainMs = 2_000;

/**
 * Runs a command to its end, with back-pressure on all streams. Ends stdout and stderr when all output is written.
 * `missing`: why the program could not be run, from a command that reports it.
 */
export async function runCommand(command: HostCommand, io: CommandIo): Promise<{ exitCode: number; missing?: string }> {
  io.signal.throwIfAborted();
  const child = spawn(command.file, command.args, {
    cwd: command.cwd,
    env: command.env,
    detached: true,
    stdio: [io.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe", command.reportsMissing ? "pipe" : "ignore"],
  });
  let missing = "";
  const reports = child.stdio[3] as Readable | null;
  reports?.on("data", (chunk: Buffer) => {
    missing += chunk.toString("utf8");
  });
  const started = new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  const kill = (): void => {
    if (child.pid !== undefined) sendSignal(-child.pid, "SIGKILL");
  };
  const exited = exitOf(child);
  io.signal.addEventListener("abort", kill, { once: true });
  try {
    await started;
    const { stdin, stdout, stderr } = child;
    // The command may end, or close its input, before it has read everything: that is its business.
    if (io.stdin !== undefined && stdin !== null) pipeline(io.stdin, stdin).catch(() => undefined);
    const outputs = [
      [stdout, io.stdout],
      [stderr, io.stderr],
    ].map(([from, to]) => pipeline(from as Readable, to as Writable).catch(() => kill()));
    const { exitCode } = await exited;
    const timer = setTimeout(() => {
      stdout?.destroy();
      stderr?.destroy();
      reports?.destroy();
    }, drainMs);
    await Promise.all([...outputs, ended(reports)]);
    clearTimeout(timer);
    for (const stream of [io.stdout, io.stderr]) if (!stream.writableEnded && !stream.destroyed) stream.end();
    io.signal.throwIfAborted();
    return { exitCode, ...(missing === "" ? {} : { missing: missing.trim() }) };
  } finally {
    io.signal.removeEventListener("abort", kill);
    kill();
  }
}

/** As {@link runCommand}, for short output that is wanted as text: at most `limit` bytes of it. */
export async function runForText(
  command: HostCommand,
  signal: AbortSignal,
  limit = 10_000,
): Promise<{ exitCode: number; output: string }> {
  const child = spawn(command.file, command.args, {
    cwd: command.cwd,
    env: command.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe", command.reportsMissing ? "pipe" : "ignore"],
  }) as ChildProcessByStdio<null, Readable, Readable>;
  const chunks: Buffer[] = [];
  let size = 0;
  for (const stream of [child.stdout, child.stderr, child.stdio[3] as Readable | null]) {
    if (stream === null) continue;
    stream.on("data", (chunk: Buffer) => {
      if (size < limit) chunks.push(chunk);
      size += chunk.length;
    });
  }
  const kill = (): void => {
    if (child.pid !== undefined) sendSignal(-child.pid, "SIGKILL");
  };
  signal.addEventListener("abort", kill, { once: true });
  let failure = "";
  child.once("error", (error) => {
    failure = errorText(error);
  });
  try {
    const { exitCode } = await exitOf(child);
    await Promise.race([
      Promise.all([finished(child.stdout), finished(child.stderr), ended(child.stdio[3] as Readable | null)]),
      new Promise((go) => setTimeout(go, 100)),
    ]);
    signal.throwIfAborted();
    return { exitCode, output: failure || Buffer.concat(chunks).toString("utf8", 0, Math.min(size, limit)) };
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

/** Resolves when nothing more comes from `stream`, for whatever reason. */
async function ended(stream: Readable | null): Promise<void> {
  if (stream !== null) await finished(stream).catch(() => undefined);
}
