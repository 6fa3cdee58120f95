// A backend for @fc/lambda: every environment is a Node.js process of this machine. It has no walls: only for functions that you trust.
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { BackendError, type CodePackage, type ExecutionEnvironment, type LambdaBackend } from "@fc/lambda/backend";
import { FunctionProcess } from "./function-process.ts";

export interface ProcessBackendContext {
  /** What functions get as `AWS_ENDPOINT_URL`. */
  readonly awsEndpointUrl: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What `fc-server --lambda-backend` calls. Environments have their folders in `PROCESS_BACKEND_FOLDER`. */
export function createLambdaBackend({ awsEndpointUrl, environment }: ProcessBackendContext): LambdaBackend {
  const parent = environment["PROCESS_BACKEND_FOLDER"] ?? tmpdir();
  const running = new Set<FunctionProcess>();
  const closing = new AbortController();
  return {
    specificationVersion: "v1",
    name: "process",
    launch: async (request, options) => {
      const { runtime } = request.spec;
      if (!runtime.startsWith("nodejs"))
        throw new BackendError("FC_LAMBDA_RUNTIME_UNSUPPORTED", `There is no ${runtime} here, only Node.js`);
      const signal = AbortSignal.any([options.signal, closing.signal]);
      signal.throwIfAborted();
      const folder = await mkdtemp(join(parent, "environment-"));
      const gone = (): Promise<void> => rm(folder, { recursive: true, force: true });
      try {
        await unpack(request.code, folder);
        signal.throwIfAborted();
      } catch (error) {
        await gone();
        throw error;
      }
      const started = new FunctionProcess({ request, folder, awsEndpointUrl, path: environment["PATH"] ?? "", gone });
      const abort = (): void => void started.terminate();
      signal.addEventListener("abort", abort);
      running.add(started);
      void started.ended.then(() => running.delete(started));
      try {
        await started.ready;
        signal.throwIfAborted();
        return started;
      } catch (error) {
        await started.terminate();
        throw signal.aborted ? signal.reason : error;
      } finally {
        signal.removeEventListener("abort", abort);
      }
    },
    // Processes end with the server: their channel to it closes.
    reapStale: () => Promise.resolve(0),
    health: () => Promise.resolve({ ready: true, detail: `${running.size} processes on this machine` }),
    [Symbol.asyncDispose]: async () => {
      closing.abort(new BackendError("FC_LAMBDA_LAUNCH_FAILED", "The backend is closing"));
      await Promise.all([...running].map((started) => started.terminate()));
    },
  };
}

/** What `fc-server conformance --lambda` should know: what this can do beyond the contract, and why not more. */
export const conformance = {
  abilities: {
    signals: true,
    lose: ({ handle }: ExecutionEnvironment): Promise<void> => {
      if (handle.kind === "process") process.kill(Number(handle.id), "SIGKILL");
      return Promise.resolve();
    },
  },
  absent: {
    ownFiles: "processes share this machine's files",
    memoryLimit: "nothing measures the processes",
    memoryUse: "nothing measures the processes",
    reinit: "a process ends with its runtime",
    extensions: "there are no extensions",
    telemetry: "there are no extensions",
    execWrapper: "the runtime is started as it is",
    logLines: "nothing is shipped",
    streaming: "answers are collected",
    python: "only Node.js is here",
    customRuntime: "only Node.js is here",
  },
} as const;

/** Writes `/var/task` and `/opt` below the folder. */
async function unpack(code: CodePackage, folder: string): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of code.content()) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  await mkdir(join(folder, "var/task"), { recursive: true });
  await mkdir(join(folder, "tmp"));
  let at = 0;
  for (const { path, mode, sizeBytes, link } of code.files) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    if (link === undefined) await writeFile(file, bytes.subarray(at, at + sizeBytes), { mode });
    else await symlink(link, file);
    at += sizeBytes;
  }
}
