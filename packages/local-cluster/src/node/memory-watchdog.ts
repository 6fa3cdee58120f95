import { readdirSync, readFileSync } from "node:fs";
import { type Clock, systemClock } from "@fc/core";

/** A container with a memory limit. */
export interface WatchedProcess {
  /** Root of the process tree. */
  readonly pid: number;
  readonly limitBytes: number;
  readonly onExceeded: (usedBytes: number) => void;
}

interface Watched extends WatchedProcess {
  tree: number[];
}

const tickMs = 200;
/** The tree is walked anew every so many ticks; in between only the known processes are measured. */
const treeEveryTicks = 5;

/**
 * Memory limits without cgroups, which need privileges: measures the anonymous memory of each process tree five times a
 * second and reports what is above its limit. A process that allocates faster than that can exceed it for a moment.
 * Linux only: without /proc it watches nothing.
 */
export class MemoryWatchdog {
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  #cancel: (() => void) | undefined;
  #ticks = 0;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Watches until the returned function is called. `onExceeded` is called once. */
  watch(process: WatchedProcess): () => void {
    const watched: Watched = { ...process, tree: processTree(process.pid) };
    this.#watched.add(watched);
    this.#arm();
    return () => {
      this.#watched.delete(watched);
      if (this.#watched.size === 0) this.#disarm();
    };
  }

  #arm(): void {
    this.#cancel ??= this.#clock.after(tickMs, () => {
      this.#cancel = undefined;
      this.#ticks += 1;
      for (const watched of [...this.#watched]) this.#check(watched);
      if (this.#watched.size > 0) this.#arm();
    });
  }

  #disarm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #check(watched: Watched): void {
    if (this.#ticks % treeEveryTicks === 0) watched.tree = processTree(watched.pid);
    if (sum(watched.tree, anonymousBytes) <= watched.limitBytes) return;
    // Pages that forked processes share (redis saving, for one) were counted more than once: now count exactly.
    const exact = sum(processTree(watched.pid), proportionalBytes);
    if (exact <= watched.limitBytes) return;
    this.#watched.delete(watched);
    watched.onExceeded(exact);
  }
}

/** `pid` and all its descendants. */
export function processTree(pid: number): number[] {
  const found = [pid];
  for (let index = 0; index < found.length; index += 1) {
    const folder = `/proc/${found[index]}/task`;
    for (const task of entriesOf(folder)) {
      for (const child of readText(`${folder}/${task}/children`).split(" "))
        if (child !== "") found.push(Number(child));
    }
  }
  return found;
}

function anonymousBytes(pid: number): number {
  const [, resident = "0", shared = "0"] = readText(`/proc/${pid}/statm`).split(" ");
  return (Number(resident) - Number(shared)) * 4096;
}

function proportionalBytes(pid: number): number {
  const text = readText(`/proc/${pid}/smaps_rollup`);
  const kilobytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
  return text === "" ? anonymousBytes(pid) : (kilobytes("Pss_Anon") + kilobytes("Pss_Shmem")) * 1024;
}

function sum(pids: readonly number[], measure: (pid: number) => number): number {
  return pids.reduce((total, pid) => total + measure(pid), 0);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // the process has ended
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
