import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

/** The server's built command. */
export const serverCommand: string = fileURLToPath(new URL("../../packages/server/bin/fc-server.js", import.meta.url));

export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  readonly url: string;
  readonly kubeconfig: string;
  /** Everything written so far. */
  readonly output: () => { readonly stdout: string; readonly stderr: string };
  /** Sends a signal and resolves with the exit code, or the signal's name. */
  readonly stop: (signal: NodeJS.Signals) => Promise<number | string>;
}

/** Starts the built server as a process of its own, on a port that the system chooses, and waits for its first lines. */
export async function startServer(
  options: { readonly args?: readonly string[]; readonly environment?: Record<string, string> } = {},
): Promise<ServerProcess> {
  const child = spawn(
    process.execPath,
    [serverCommand, ...(options.args?.includes("--addr") ? [] : ["--addr", "127.0.0.1:0"]), ...(options.args ?? [])],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...cleanEnvironment(), ...options.environment },
    },
  );
  const output = collect(child);
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const find = (name: string): string | undefined => new RegExp(`^${name}=(.*)$`, "m").exec(output.stdout)?.[1];
  await Promise.race([
    lineArrives(child, () => find("FAKECLOUD_PORT") !== undefined && output.stdout.includes("Try:")),
    exited.then(() => {
      throw new Error(`The server ended before it was ready:\n${output.stdout}${output.stderr}`);
    }),
  ]);
  const port = Number(find("FAKECLOUD_PORT"));
  const stop = async (signal: NodeJS.Signals): Promise<number | string> => {
    child.kill(signal);
    const [code, name] = await exited;
    return code ?? name ?? "";
  };
  return {
    pid: child.pid ?? 0,
    port,
    url: `http://127.0.0.1:${port}`,
    kubeconfig: find("KUBECONFIG") ?? "",
    output: () => ({ ...output }),
    stop,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) await stop("SIGTERM");
    },
  };
}

/** Runs the command to its end, for starts that are meant to fail. */
export async function runServer(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [serverCommand, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...cleanEnvironment(), ...environment },
  });
  const output = collect(child);
  const [code] = (await once(child, "close")) as [number];
  return { code, ...output };
}

/** This process's environment without what would change the server or the clients. */
export function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(FAKECLOUD_|AWS_|KUBECONFIG$|KUBERNETES_)/.test(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? ""]));
}

function collect(child: ChildProcessByStdio<null, Readable, Readable>): { stdout: string; stderr: string } {
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  }
  return output;
}

function lineArrives(child: ChildProcessByStdio<null, Readable, Readable>, arrived: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!arrived()) return;
      child.stdout.off("data", look);
      resolve();
    };
    child.stdout.on("data", look);
  });
}
