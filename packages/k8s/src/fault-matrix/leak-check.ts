import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { setImmediate as turn } from "node:timers/promises";

type SignalName = "SIGINT" | "SIGTERM";
const signals: readonly SignalName[] = ["SIGINT", "SIGTERM"];
/** Sockets close within a few turns of the event loop; a real cluster's side of a TLS connection takes a round trip. */
const patienceMs = 5_000;

/** What the process holds: what keeps its event loop alive, by kind; open files and sockets (Linux); signal handlers. */
export interface Holdings {
  readonly resources: Readonly<Record<string, number>>;
  readonly files: number;
  readonly signalListeners: number;
}

export async function holdings(): Promise<Holdings> {
  const resources: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  const files = await readdir("/proc/self/fd").catch(() => []);
  const signalListeners = signals.reduce((sum, name) => sum + process.listenerCount(name), 0);
  return { resources, files: files.length, signalListeners };
}

/** Waits until the process holds no more than before. @throws AssertionError with what it still holds */
export async function assertNoLeak(before: Holdings): Promise<void> {
  const started = performance.now();
  for (;;) {
    const more = excess(before, await holdings());
    if (more.length === 0) return;
    assert.ok(performance.now() - started < patienceMs, `left behind: ${more.join(", ")}`);
    await turn();
  }
}

function excess(before: Holdings, now: Holdings): string[] {
  const more = Object.entries(now.resources)
    // Reading this very table takes a file request.
    .filter(([name, count]) => name !== "FSReqPromise" && count > (before.resources[name] ?? 0))
    .map(([name, count]) => `${count - (before.resources[name] ?? 0)} ${name}`);
  if (now.files > before.files) more.push(`${now.files - before.files} file descriptors`);
  if (now.signalListeners > before.signalListeners) more.push("signal listeners");
  return more;
}
