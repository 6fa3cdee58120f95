import { setTimeout as delay } from "node:timers/promises";
import { BackendError, type LaunchRequest } from "../../src/backend/index.ts";

/** What stands in a code package, by path. */
export type VirtualFiles = ReadonlyMap<string, VirtualFile>;

export interface VirtualFile {
  readonly text: string;
  readonly mode: number;
  readonly link: string | null;
}

export async function readCode({ code }: LaunchRequest): Promise<VirtualFiles> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of code.content()) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  let at = 0;
  return new Map(
    code.files.map(({ path, mode, sizeBytes, link = null }) => {
      const text = bytes.subarray(at, at + sizeBytes).toString();
      at += sizeBytes;
      return [path, { text, mode, link }];
    }),
  );
}

/**
 * Does what the init phase of such code does, as far as the conformance cases have it.
 * @param attempt 1 when the environment's code is loaded for the first time
 */
export async function initialise(
  request: LaunchRequest,
  files: VirtualFiles,
  signal: AbortSignal,
  attempt = 1,
): Promise<void> {
  const { runtime, handler, environment } = request.spec;
  const extension = files.get("/opt/extensions/probe");
  if (extension !== undefined) startExtension(extension, environment["EXTENSION"]);
  if (runtime.startsWith("provided")) {
    if (!files.has("/var/task/bootstrap")) throw initError("Runtime.InvalidEntrypoint", "there is no bootstrap");
    return;
  }
  const [module = "", name = ""] = handler.split(".");
  const python = runtime.startsWith("python");
  const source = files.get(`/var/task/${module}.${python ? "py" : "mjs"}`)?.text;
  if (source === undefined) {
    const words = python
      ? `Unable to import module '${module}': No module named '${module}'`
      : `Error: Cannot find module '${module}'`;
    throw initError("Runtime.ImportModuleError", words);
  }
  const onlyOnce = /if \(inits === 1\) throw new (\w+)\("(.*)"\);/.exec(source);
  if (onlyOnce !== null && attempt === 1) throw initError(onlyOnce[1] ?? "", onlyOnce[2] ?? "");
  checkWrapper(files, environment["AWS_LAMBDA_EXEC_WRAPPER"]);
  await runSource(source, request, signal);
  if (!new RegExp(`\\b(const|def) ${name}\\b`).test(source))
    throw initError(
      "Runtime.HandlerNotFound",
      python ? `Handler '${name}' missing on module '${module}'` : `${handler} is undefined or not exported`,
    );
}

async function runSource(source: string, { initTimeoutMs }: LaunchRequest, signal: AbortSignal): Promise<void> {
  const log = /^console\.log\('(.*?)'\)/.exec(source)?.[1] ?? "";
  const thrown = /; throw new (\w+)\('(.*)'\);$/.exec(source);
  if (thrown !== null) throw initError(thrown[1] ?? "", thrown[2] ?? "", log);
  const prefix = "RequestId: 00000000-0000-4000-8000-000000000000 Error:";
  const status = /; process\.exit\((\d+)\);$/.exec(source)?.[1];
  if (status !== undefined)
    throw initError("Runtime.ExitError", `${prefix} Runtime exited with error: exit status ${status}`, log);
  const missing = /createRequire\(import\.meta\.url\)\('(.*)'\);$/.exec(source)?.[1];
  if (missing !== undefined) throw initError("Runtime.ImportModuleError", `Error: Cannot find module '${missing}'`);
  if (!source.startsWith("await new Promise")) return;
  await delay(initTimeoutMs, undefined, { signal, ref: false }).catch(() => signal.throwIfAborted());
  const seconds = (initTimeoutMs / 1_000).toFixed(2);
  throw initError("Sandbox.Timedout", `${prefix} Task timed out after ${seconds} seconds`);
}

function checkWrapper(files: VirtualFiles, path: string | undefined): void {
  const mode = path === undefined ? 0o755 : files.get(path)?.mode;
  const [status, why] = mode === undefined ? [127, "does not exist"] : [126, "is not an executable"];
  if (mode !== undefined && (mode & 0o111) !== 0) return;
  const message = `RequestId: 00000000-0000-4000-8000-000000000000 Error: Runtime exited with error: exit status ${status}`;
  throw initError("Runtime.ExitError", message, `${path}: ${why}`);
}

function startExtension({ mode }: VirtualFile, failsAt: string | undefined): void {
  const prefix = "RequestId: 00000000-0000-4000-8000-000000000000 Error:";
  if ((mode & 0o111) === 0)
    throw initError("Extension.LaunchError", `${prefix} fork/exec /opt/extensions/probe: permission denied`);
  if (failsAt === "exit") throw initError("Extension.Crash", `${prefix} exit status 3`, "extension starts");
  if (failsAt === "init/error") throw initError("Extension.InitError", `${prefix} exit code 0`);
}

function initError(errorType: string, errorMessage: string, log = ""): BackendError {
  const details = { errorType, payload: JSON.stringify({ errorType, errorMessage }), log: `${log}\n` };
  return new BackendError("FC_LAMBDA_INIT_FAILED", `The init phase failed: ${errorMessage}`, { details });
}
