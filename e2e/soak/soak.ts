import { setTimeout as delay } from "node:timers/promises";
import { UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import type { Ground } from "../load/ground.ts";
import { Load } from "../load/load.ts";
import { seededChance } from "../load/seeded-chance.ts";
import { growthOf, type ProcessFigures, processFigures } from "./process-figures.ts";

export interface SoakOptions {
  readonly ground: Ground;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly seed: number;
  readonly onSample?: (figures: ProcessFigures, load: Load) => void;
}

export interface SoakReport {
  readonly load: Load;
  /** The least of each figure in the first and in the last quarter after the warm-up. */
  readonly first: ProcessFigures;
  readonly last: ProcessFigures;
  /** What grew more than it may: only a time of minutes after a warm-up of minutes can tell. */
  readonly growth: readonly string[];
  /** What was lost or was wrong: lines for people. */
  readonly problems: readonly string[];
}

const samples = 60;
/** Samples between two changes of a function, each of which makes its environments anew. */
const samplesPerChange = 3;

/** Uses two functions and two caches for a time, and finds out whether the server needs more memory and handles at the end than at the beginning. */
export async function soak({ ground, warmUpSeconds, seconds, seed, onSample }: SoakOptions): Promise<SoakReport> {
  await using load = await Load.start(ground, seededChance(seed));
  await delay(warmUpSeconds * 1_000);
  const taken: ProcessFigures[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    await delay((seconds * 1_000) / samples);
    if (sample % samplesPerChange === 0) await change(ground, sample);
    const figures = await processFigures(ground.server.url);
    taken.push(figures);
    onSample?.(figures, load);
  }
  await load.stop();
  const quarter = samples / 4;
  const first = leastOf(taken.slice(0, quarter));
  const last = leastOf(taken.slice(-quarter));
  return { load, first, last, growth: growthOf(first, last), problems: await load.settle() };
}

async function change({ lambda }: Ground, sample: number): Promise<void> {
  const Environment = { Variables: { SAMPLE: String(sample) } };
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: "asked", Environment }));
}

/** The least is what is really kept: the rest is garbage, and connections in use. */
function leastOf(taken: readonly ProcessFigures[]): ProcessFigures {
  const least = (of: (figures: ProcessFigures) => number): number => Math.min(...taken.map(of));
  return {
    rssMb: least(({ rssMb }) => rssMb),
    heapMb: least(({ heapMb }) => heapMb),
    files: least(({ files }) => files),
    resources: least(({ resources }) => resources),
  };
}
