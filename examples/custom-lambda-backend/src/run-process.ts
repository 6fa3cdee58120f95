import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import type { RuntimeApi, RuntimeSession, SessionOptions } from "@fc/lambda/runtime-api";
import { unpack } from "./unpack.ts";

export interface ProcessSurroundings {
  readonly runtimeApi: RuntimeApi;
  /** Where the environment's folder is made. */
  readonly parent: string;
  readonly PATH: string;
  readonly started: (child: ChildProcess) => void;
}

/** The life of one environment: a folder, and a process that speaks with the session. Resolves when nothing of it is left. */
export async function runProcess(
  session: RuntimeSession,
  options: SessionOptions,
  { runtimeApi, parent, PATH, started }: ProcessSurroundings,
): Promise<void> {
  const folder = join(parent, `environment-${session.id}`);
  const LAMBDA_TASK_ROOT = join(folder, "var/task");
  const own = { PATH, TMPDIR: join(folder, "tmp"), NODE_PATH: join(folder, "opt/nodejs/node_modules") };
  try {
    await unpack(options.code, folder);
    const AWS_LAMBDA_RUNTIME_API = await runtimeApi.listen(session);
    if (session.isEnded) return;
    const child = fork(join(import.meta.dirname, "runtime.mjs"), {
      cwd: LAMBDA_TASK_ROOT,
      env: { ...own, ...session.environmentOf(options).env, LAMBDA_TASK_ROOT, AWS_LAMBDA_RUNTIME_API },
      execArgv: [],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    started(child);
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Uint8Array) => session.wrote(chunk, "direct"));
    session.codeArrived();
    void session.ended.then(() => child.kill("SIGKILL"));
    const [status, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals];
    const exitCode = status ?? 128 + constants.signals[signal];
    session.environmentEnded({ reason: "exited", detail: `the process ended with ${exitCode}`, exitCode });
    await session.finished;
  } catch (error) {
    session.environmentEnded({ reason: "lost", detail: String(error) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
