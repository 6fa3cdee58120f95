import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { CacheNodeSpec } from "@fc/elasticache/backend";

/** Parameters that are taken up. A backend for more than a demonstration takes all of them. */
const knownParameters = ["maxmemory-policy", "timeout", "notify-keyspace-events"];

/** One engine: a process with a folder, at an address that it keeps when it starts again. */
export class EngineProcess {
  readonly folder: string;
  readonly address: string;
  #spec: CacheNodeSpec;
  #child: ChildProcess | undefined;

  private constructor(spec: CacheNodeSpec, folder: string) {
    this.#spec = spec;
    this.folder = folder;
    this.address = ownAddress();
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
    const engine = new EngineProcess(spec, folder);
    try {
      await options.rdb?.(engine.rdbPath);
      await engine.launch(spec, options.signal);
      return engine;
    } catch (error) {
      await engine.remove();
      throw error;
    }
  }

  get spec(): CacheNodeSpec {
    return this.#spec;
  }

  get rdbPath(): string {
    return join(this.folder, "dump.rdb");
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the engine answers. */
  async launch(spec: CacheNodeSpec, signal: AbortSignal): Promise<void> {
    this.#spec = spec;
    const { engine } = spec;
    const [program, args] =
      engine === "memcached" ? ["memcached", memcachedArguments(this)] : [`${engine}-server`, redisArguments(this)];
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
    const socket = connect(this.#spec.port, this.address);
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

  /** Brings parameters to the engine that runs, except those that wait for a reboot. */
  async apply(spec: CacheNodeSpec, later: readonly string[]): Promise<void> {
    this.#spec = spec;
    if (spec.engine === "memcached") return;
    for (const [name, value] of Object.entries(spec.parameters)) {
      if (!knownParameters.includes(name) || later.includes(name) || value === "") continue;
      const answer = await this.ask(`CONFIG SET ${name} ${value}`);
      if (answer !== "+OK") throw new Error(`${name}=${value}: ${answer}`);
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

function memcachedArguments({ address, spec }: EngineProcess): string[] {
  const user = process.getuid?.() === 0 ? ["-u", "root"] : [];
  return [...user, "-l", address, "-p", String(spec.port)];
}

function redisArguments({ address, folder, spec: { port, parameters } }: EngineProcess): string[] {
  const chosen = Object.entries(parameters).filter(([name, value]) => knownParameters.includes(name) && value !== "");
  // "save" with a period: without one, redis stores nothing as it stops.
  const fixed = { bind: address, port: String(port), dir: folder, save: "3600 1", "enable-debug-command": "no" };
  return [...Object.entries(fixed), ...chosen].flatMap(([name, value]) => [`--${name}`, value]);
}

/** All of 127.0.0.0/8 is this machine's on Linux: every node has an address of its own there, and so the port that was asked for. */
function ownAddress(): string {
  const [second, third, fourth] = [randomInt(1, 255), randomInt(255), randomInt(1, 255)];
  return `127.${second}.${third}.${fourth}`;
}
