/**
 * One measurement of one contestant, in a process of its own: `node measure.ts CONTESTANT SCENARIO ARENA`. Prints its figures as a
 * line of JSON, and before that READY when it waits for others to act.
 */
import { readdirSync, readlinkSync } from "node:fs";
import { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { clientNode } from "./client-node.ts";
import type { Arena, Contestant } from "./contestant.ts";
import { ours } from "./ours.ts";
import { execBytes, podsToStart, sequentialCalls, stampAnnotation, watchEvents } from "./scenarios.ts";

const contestants: Readonly<Record<string, (arena: Arena) => Promise<Contestant>>> = {
  ours,
  "client-node": clientNode("watch"),
  "client-node, polling": clientNode("poll"),
};

export type Figures = Readonly<Record<string, readonly number[]>>;

const now = (): number => performance.timeOrigin + performance.now();

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function openSockets(): number {
  let count = 0;
  for (const name of readdirSync("/proc/self/fd")) {
    try {
      if (readlinkSync(`/proc/self/fd/${name}`).startsWith("socket:")) count += 1;
    } catch {
      // The descriptor of this very listing is closed by now.
    }
  }
  return count;
}

async function calls(contestant: Contestant, parallel: number): Promise<Figures> {
  await contestant.call();
  const before = openSockets();
  const times: number[] = [];
  let left = sequentialCalls * (parallel === 1 ? 1 : 3);
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      times.push(await timed(contestant.call));
    }
  };
  const ms = await timed(async () => {
    await Promise.all(Array.from({ length: parallel }, worker));
  });
  return { perSecond: [(times.length / ms) * 1_000], ms: times, sockets: [openSockets() - before + 1] };
}

async function watch(contestant: Contestant): Promise<Figures> {
  const lags: number[] = [];
  let done = (): void => undefined;
  const all = new Promise<void>((resolve) => {
    done = resolve;
  });
  const stamps = new Set<string>();
  await contestant.watch(({ metadata }) => {
    const stamp = metadata?.annotations?.[stampAnnotation];
    if (stamp === undefined || stamps.has(stamp)) return;
    stamps.add(stamp);
    lags.push(now() - Number(stamp));
    if (stamps.size === watchEvents) done();
  });
  const cpu = process.cpuUsage();
  console.log("READY");
  await all;
  const { user, system } = process.cpuUsage(cpu);
  return { eventsPerCpuSecond: [(watchEvents / (user + system)) * 1e6], lagMs: lags };
}

/** @param pauseMs what the sink takes for 64 KiB */
async function exec(contestant: Contestant, pauseMs: number): Promise<Figures> {
  let size = 0;
  let owedMs = 0;
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, callback) => {
      size += chunk.length;
      owedMs += (pauseMs * chunk.length) / 65_536;
      // A timer takes a millisecond at least.
      if (owedMs < 1) return callback();
      void delay(owedMs).then(() => callback());
      owedMs = 0;
    },
  });
  const before = process.memoryUsage.rss();
  const ms = await timed(() => contestant.exec(["head", "-c", String(execBytes), "/dev/zero"], sink));
  const peakMiB = process.resourceUsage().maxRSS / 1_024 - before / 1_024 / 1_024;
  const short = size < execBytes ? 1 : 0;
  return { mibPerSecond: [size / 1_024 / 1_024 / (ms / 1_000)], peakMiB: [peakMiB], short: [short] };
}

async function start(contestant: Contestant): Promise<Figures> {
  const ms: number[] = [];
  for (const pod of podsToStart()) ms.push(await timed(() => contestant.startPod(pod)));
  return { ms };
}

const scenarios: Readonly<Record<string, (contestant: Contestant) => Promise<Figures>>> = {
  calls: (contestant) => calls(contestant, 1),
  "calls in parallel": (contestant) => calls(contestant, 30),
  watch,
  exec: (contestant) => exec(contestant, 0),
  "exec, slow reader": (contestant) => exec(contestant, 2),
  start,
};

const [, , contestantName = "", scenarioName = "", arenaText = ""] = process.argv;
const arena = JSON.parse(arenaText) as Arena;
const contestant = await contestants[contestantName]?.(arena);
const scenario = scenarios[scenarioName];
if (contestant === undefined || scenario === undefined) throw new Error(`no ${contestantName} or no ${scenarioName}`);
console.log(JSON.stringify(await scenario(contestant)));
await contestant.close();
// client-node keeps its sockets until their server ends them.
process.exit(0);
