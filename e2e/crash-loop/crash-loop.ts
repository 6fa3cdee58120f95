import { setTimeout as delay } from "node:timers/promises";
import { elastiCacheClient, lambdaClient } from "../lib/clients.ts";
import { startServer } from "../lib/server-process.ts";
import { seededChance } from "../load/seeded-chance.ts";
import { functionSubject } from "./function-subject.ts";
import { parameterGroupSubject } from "./parameter-group-subject.ts";
import type { Subject } from "./subject.ts";

export interface CrashLoopOptions {
  readonly dataPath: string;
  readonly kills: number;
  /** What the moments of the kills and the changes are drawn from. The same seed draws the same, though not the same interleaving. */
  readonly seed: number;
  readonly onKill?: (done: { readonly kills: number; readonly changes: number }) => void;
}

/** How long a server lives, at most, in milliseconds. */
const longestLifeMs = 400;
const callers = 4;

/**
 * Kills the server again and again while it changes functions and parameter groups for some callers at once, and looks each time whether
 * the next one on the same data path has every change that was acknowledged, and of each that was not either all or nothing.
 * Resolves with the number of changes that were acknowledged. @throws Error for what was lost or half applied
 */
export async function crashLoop({ dataPath, kills, seed, onKill }: CrashLoopOptions): Promise<number> {
  const chance = seededChance(seed);
  const subjects: Subject[] = Array.from({ length: callers }, (_, at) => [
    functionSubject(`crash-${at}`),
    parameterGroupSubject(`crash-${at}`),
  ]).flat();
  let changes = 0;
  for (let kill = 0; kill <= kills; kill += 1) {
    await using server = await startServer({ args: ["--data-path", dataPath] });
    const clients = { lambda: lambdaClient(server.url), caches: elastiCacheClient(server.url) };
    await Promise.all(subjects.map((subject) => subject.check(clients)));
    if (kill === kills) return changes;
    let alive = true;
    const working = subjects.map(async (subject) => {
      while (alive) {
        try {
          if (await subject.change(clients, chance)) changes += 1;
        } catch (error) {
          if (alive) throw error;
        }
      }
    });
    const failed = Promise.all(working);
    await Promise.race([delay(chance() * longestLifeMs), failed]);
    alive = false;
    await server.stop("SIGKILL");
    await failed;
    onKill?.({ kills: kill + 1, changes });
  }
  return changes;
}
