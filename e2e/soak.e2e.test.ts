import { expect, test } from "vitest";
import { Ground } from "./load/ground.ts";
import { growthOf } from "./soak/process-figures.ts";
import { soak } from "./soak/soak.ts";

test("under steady load every answer is right, every event arrives, and what the process needs is told: `pnpm soak`, which takes longer, judges that", async () => {
  await using ground = await Ground.start([]);
  const { load, last, problems } = await soak({ ground, warmUpSeconds: 3, seconds: 6, seed: 1 });
  expect(problems).toEqual([]);
  expect(load.calls.toJSON()["right"]).toBeGreaterThan(20);
  expect(load.ledger.figures().delivered).toBeGreaterThan(10);
  expect(last.rssMb).toBeGreaterThan(50);
  for (const { tally } of load.caches) expect(tally.toJSON()["right"]).toBeGreaterThan(10);
});

test("more than what may grow is named", () => {
  const first = { rssMb: 200, heapMb: 50, files: 40, resources: 30 };
  expect(growthOf(first, first)).toEqual([]);
  expect(growthOf(first, { ...first, heapMb: 80, files: 61 })).toEqual([
    "heapMb grew from 50 to 80, more than 67.5",
    "files grew from 40 to 61, more than 60.0",
  ]);
});
