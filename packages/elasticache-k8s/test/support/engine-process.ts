import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface EngineProcess extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly pid: number;
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** A real redis-server on a free port, its directory its own. */
export async function startRedis(...args: readonly string[]): Promise<EngineProcess> {
  const directory = await mkdtemp(join(tmpdir(), "fc-redis-"));
  const port = await freePort();
  const child = spawn(
    "redis-server",
    ["--port", String(port), "--bind", "127.0.0.1", "--dir", directory, "--save", "", ...args],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await saying(child, "Ready to accept connections");
  return {
    address: "127.0.0.1",
    port,
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function saying(child: ChildProcess, text: string): Promise<void> {
  let log = "";
  child.stdout?.setEncoding("utf8");
  for await (const chunk of child.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    log += chunk;
    if (log.includes(text)) {
      child.stdout?.resume();
      return;
    }
  }
  throw new Error(`the engine ended without saying "${text}":\n${log}`);
}

/** A TCP proxy whose answers go through `alter` (undefined: the connection is cut there). */
export async function startProxy(
  target: { readonly address: string; readonly port: number },
  alter: (chunk: Buffer, offset: number) => Buffer | undefined,
): Promise<{ readonly port: number } & AsyncDisposable> {
  const server = createServer((client) => {
    const upstream = connect(target.port, target.address);
    let offset = 0;
    client.on("error", () => upstream.destroy());
    upstream.on("error", () => client.destroy());
    client.on("close", () => upstream.destroy());
    client.pipe(upstream);
    upstream.on("data", (chunk: Buffer) => {
      const altered = alter(chunk, offset);
      offset += chunk.length;
      if (altered === undefined) client.destroy();
      else if (!client.write(altered)) {
        upstream.pause();
        client.once("drain", () => upstream.resume());
      }
    });
    upstream.on("end", () => client.end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
