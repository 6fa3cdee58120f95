/**
 * `pnpm soak [--minutes 30] [--seed N]`: uses two functions and two caches of the built server for that time, after two minutes of warming up, and
 * prints what its process needs, and what became of requests and events. The exit code is 1 when something grew, was lost or was wrong.
 */
import { parseArgs } from "node:util";
import { Ground } from "../load/ground.ts";
import { reportText } from "../load/report-text.ts";
import { soak } from "./soak.ts";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "30" }, seed: { type: "string", default: String(Date.now() % 1e9) } },
});
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
await using ground = await Ground.start([]);
console.log(`seed ${seed}, ${minutes} minutes at ${ground.server.url}`);
let taken = 0;
const { first, last, growth, problems, load } = await soak({
  ...{ ground, seed },
  warmUpSeconds: 120,
  seconds: minutes * 60,
  onSample: (figures, { calls }) => {
    taken += 1;
    if (taken % 6 === 0) console.log(`${taken} of 60: ${JSON.stringify(figures)}, ${calls.total} calls`);
  },
});
console.log(
  `${reportText(load)}\nafter warming up: ${JSON.stringify(first)}\nat the end:       ${JSON.stringify(last)}`,
);
for (const problem of [...growth, ...problems]) console.error(problem);
process.exitCode = growth.length + problems.length > 0 ? 1 : 0;
