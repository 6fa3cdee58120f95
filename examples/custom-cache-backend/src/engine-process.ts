import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { CacheNodeSpec } from "@fc/elasticache/backend";

/** One engine: a process with a folder, at a port that it keeps when it starts again. */
export class EngineProcess {
  readonly spec: CacheNodeSpec;
  readonly folder: string;
  readonly port: number;
  #child: ChildProcess | undefined;

  private constructor(spec: CacheNodeSpec, folder: string, port: number) {
    this.spec = spec;
    this.folder = folder;
    this.port = port;
  }

  /** `rdb` is called with the path at which redis looks for its data. */
  static async start(
    spec: CacheNodeSpec,
    parent: string,
    options: { readonly rdb?: (path: string) => Promise<void>; readonly signal: AbortSignal },
  ): Promise<EngineProcess> {
    const folder = join(parent, spec.nodeKey.replaceAll("/", "_"));
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const engine = new EngineProcess(spec, folder, await freePort());
    try {
      await options.rdb?.(engine.rdbPath);
      await engine.launch(options.signal);
      return engine;
    } catch (error) {
      await engine.remove();
      throw error;
    }
  }

  get rdbPath(): string {
    return join(this.folder, "dump.rdb");
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the engine answers. */
  async launch(signal: AbortSignal): Promise<void> {
    const { engine, parameters } = this.spec;
    const [program, args] =
      engine === "memcached"
        ? ["memcached", ["-l", "127.0.0.1", "-p", String(this.port)]]
        : [`${engine}-server`, redisArguments(this.port, this.folder, parameters)];
    const child = spawn(program, args, { stdio: "ignore" });
    this.#child = child;
    const over = new AbortController();
    // Rejects, too, when the program cannot be started.
    const ended = once(child, "exit").then(([code]) => Promise.reject(new Error(`${program} ended with code ${code}`)));
    ended.catch((error: unknown) => over.abort(error));
    const waiting = AbortSignal.any([signal, over.signal]);
    const hello = engine === "memcached" ? "version" : "PING";
    while ((await this.ask(hello).catch(() => undefined)) === undefined) {
      waiting.throwIfAborted();
      await delay(20);
    }
  }

  /** The first line that the engine answers to a command without blanks in its words. */
  async ask(command: string): Promise<string> {
    const socket = connect(this.port, "127.0.0.1");
    try {
      socket.setEncoding("utf8").write(`${command}\r\n`);
      let text = "";
      for await (const chunk of socket) {
        text += chunk;
        if (text.includes("\r\n")) break;
      }
      if (text === "") throw new Error("The engine closed the connection");
      return text.split("\r\n")[0] ?? "";
    } finally {
      socket.destroy();
    }
  }

  /** Redis stores its data as it stops. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await exited;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function redisArguments(port: number, folder: string, parameters: Readonly<Record<string, string>>): string[] {
  const known = ["maxmemory-policy", "timeout", "notify-keyspace-events"];
  const chosen = Object.entries(parameters).filter(([name, value]) => known.includes(name) && value !== "");
  // "save" with a period: without one, redis stores nothing as it stops.
  const fixed = { bind: "127.0.0.1", port: String(port), dir: folder, save: "3600 1", "enable-debug-command": "no" };
  return [...Object.entries(fixed), ...chosen].flatMap(([name, value]) => [`--${name}`, value]);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
