import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type Clock, systemClock } from "@fc/core";
import { formatLogLine, LineSplitter, type LogStreamName } from "./log-line.ts";

export interface ContainerLogOptions {
  /** Folder of the files; it exists. */
  readonly directory: string;
  /** Start of the file names. */
  readonly name: string;
  readonly clock?: Clock;
  /** Bytes of a file before the next one is begun. Default 10 MiB. */
  readonly maxFileBytes?: number;
  /** Files that are kept. Default 3. */
  readonly maxFiles?: number;
}

interface LogFile {
  readonly number: number;
  readonly fd: number;
  size: number;
}

/** A place in a {@link ContainerLog}. */
export interface LogPosition {
  file: number;
  offset: number;
}

/**
 * The output of one run of a container, on disk, bounded by rotation. Writes are synchronous: lines keep their order, a
 * reader sees what was written, and a container that writes faster than the disk is slowed down, not buffered. Readers
 * hold a position and no data, so a slow one costs nothing.
 */
export class ContainerLog {
  readonly #options: Required<ContainerLogOptions>;
  #files: LogFile[] = [];
  #listeners = new Set<() => void>();
  #openStreams = 0;
  #ended = false;
  #lastMs = 0;
  #sequence = 0;

  constructor(options: ContainerLogOptions) {
    this.#options = { clock: systemClock, maxFileBytes: 10 * 2 ** 20, maxFiles: 3, ...options };
  }

  /** True when no more output will come. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Takes everything from `stream` until it ends. The log ends with the last of its streams. */
  capture(stream: Readable, name: LogStreamName): void {
    this.#openStreams += 1;
    let lines: Buffer[] = [];
    const splitter = new LineSplitter((text, tag) =>
      lines.push(formatLogLine({ time: this.#time(), stream: name, tag, text })),
    );
    const flush = (): void => {
      if (lines.length > 0) this.#write(Buffer.concat(lines));
      lines = [];
    };
    let open = true;
    const end = (): void => {
      if (!open) return;
      open = false;
      splitter.end();
      flush();
      this.#openStreams -= 1;
      if (this.#openStreams === 0) this.end();
    };
    stream.on("data", (chunk: Buffer) => {
      splitter.push(chunk);
      flush();
    });
    stream.once("end", end);
    stream.once("close", end);
    stream.once("error", end);
  }

  /** Declares the log complete. */
  end(): void {
    this.#ended = true;
    this.#notify();
  }

  /** Calls `listener` after every change until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Where the oldest kept line begins. */
  start(): LogPosition {
    return { file: this.#files[0]?.number ?? 0, offset: 0 };
  }

  /** The bytes after `position`, at most 64 KiB, and moves it on. Empty when there is nothing yet. */
  read(position: LogPosition): Buffer {
    const [oldest] = this.#files;
    if (oldest === undefined) return Buffer.alloc(0);
    if (position.file < oldest.number) Object.assign(position, { file: oldest.number, offset: 0 });
    for (;;) {
      const file = this.#files.find(({ number }) => number === position.file);
      if (file === undefined) return Buffer.alloc(0);
      const length = Math.min(64 * 1024, file.size - position.offset);
      if (length > 0) {
        const bytes = Buffer.alloc(length);
        const read = readSync(file.fd, bytes, 0, length, position.offset);
        position.offset += read;
        return bytes.subarray(0, read);
      }
      if (file === this.#files.at(-1)) return Buffer.alloc(0);
      Object.assign(position, { file: file.number + 1, offset: 0 });
    }
  }

  /** Closes and removes the files. */
  dispose(): void {
    this.#ended = true;
    for (const file of this.#files) this.#drop(file);
    this.#files = [];
    this.#notify();
  }

  #write(bytes: Buffer): void {
    if (this.#ended) return;
    let file = this.#files.at(-1);
    if (file === undefined || file.size >= this.#options.maxFileBytes) {
      const number = (file?.number ?? -1) + 1;
      file = { number, size: 0, fd: openSync(this.#path(number), "w+", 0o600) };
      this.#files.push(file);
      while (this.#files.length > this.#options.maxFiles) {
        const oldest = this.#files.shift();
        if (oldest !== undefined) this.#drop(oldest);
      }
    }
    for (let offset = 0; offset < bytes.length; ) offset += writeSync(file.fd, bytes, offset);
    file.size += bytes.length;
    this.#notify();
  }

  #path(number: number): string {
    return join(this.#options.directory, `${this.#options.name}.${number}.log`);
  }

  #drop(file: LogFile): void {
    closeSync(file.fd);
    rmSync(this.#path(file.number), { force: true });
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** The clock's milliseconds, with a counter in the nanoseconds: every line has a time of its own, in order. */
  #time(): string {
    const now = Math.max(this.#lastMs, this.#options.clock.now());
    this.#sequence = now === this.#lastMs ? this.#sequence + 1 : 0;
    this.#lastMs = now;
    const fraction = String(Math.min(this.#sequence, 999_999)).padStart(6, "0");
    return new Date(now).toISOString().replace("Z", `${fraction}Z`);
  }
}
