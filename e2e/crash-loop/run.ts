/**
 * `pnpm crash-loop [--kills 200] [--seed N]`: kills the built server at random moments while it changes what it keeps, and finds out whether
 * anything was lost or half applied. Prints its figures; the exit code is 1 when something was.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { crashLoop } from "./crash-loop.ts";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "200" }, seed: { type: "string", default: String(Date.now() % 1e9) } },
});
const [kills, seed] = [Number(values.kills), Number(values.seed)];
const dataPath = await mkdtemp(join(tmpdir(), "fakecloud-crash-loop-"));
const started = performance.now();
console.log(`seed ${seed}, data in ${dataPath}`);
const changes = await crashLoop({
  dataPath,
  kills,
  seed,
  onKill: (done) => {
    if (done.kills % 20 === 0) console.log(`${done.kills} kills, ${done.changes} changes acknowledged`);
  },
});
await rm(dataPath, { recursive: true });
const seconds = ((performance.now() - started) / 1_000).toFixed(0);
console.log(`${kills} kills in ${seconds} s: each of ${changes} acknowledged changes was there, none was half applied`);
