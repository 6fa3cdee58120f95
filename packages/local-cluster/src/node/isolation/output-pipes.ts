import { execFile } from "node:child_process";
import { closeSync, constants, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { findProgram } from "./host-tools.ts";

/** One output of a process: `fd` is for the child, and to be closed here once it runs; `stream` is what it writes. */
export interface OutputPipe {
  readonly fd: number;
  readonly stream: Readable;
}

const batch = 32;

/**
 * Real pipes for the output of containers. Node's own are sockets, which cannot be opened by path, so a script that writes
 * to /dev/stderr or /proc/1/fd/1 would fail. Node cannot make pipes either: named ones are made by the batch, and have
 * no name any more once both ends are open.
 */
export class OutputPipes implements Disposable {
  readonly #directory: string;
  readonly #mkfifo: string | undefined;
  #names: string[] = [];
  #made = 0;
  #making: Promise<void> | undefined;

  constructor(directory: string) {
    this.#directory = directory;
    this.#mkfifo = findProgram("mkfifo");
  }

  /** undefined when this machine has no mkfifo: then Node's own will do. */
  async take(): Promise<OutputPipe | undefined> {
    if (this.#mkfifo === undefined) return undefined;
    while (this.#names.length === 0) {
      this.#making ??= this.#make(this.#mkfifo);
      await this.#making;
    }
    const path = this.#names.pop() ?? "";
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const fd = openSync(path, constants.O_WRONLY);
    rmSync(path);
    return { fd, stream: new Socket({ fd: reader, readable: true, writable: false }) };
  }

  [Symbol.dispose](): void {
    for (const name of this.#names.splice(0)) rmSync(name, { force: true });
  }

  async #make(mkfifo: string): Promise<void> {
    try {
      const names = Array.from({ length: batch }, (_, index) => join(this.#directory, `pipe-${this.#made + index}`));
      // Readable and writable by all, for containers of another user; the folder they lie in is not.
      await promisify(execFile)(mkfifo, ["-m", "0666", ...names]);
      this.#made += batch;
      this.#names.push(...names);
    } finally {
      this.#making = undefined;
    }
  }
}

/** Closes this process's copy of the child's ends: a pipe ends when its last writer does. */
export function closeChildEnds(pipes: readonly (OutputPipe | undefined)[]): void {
  for (const pipe of pipes) if (pipe !== undefined) closeSync(pipe.fd);
}
