import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { chaos } from "./chaos/chaos.ts";
import { lacks } from "./lib/programs.ts";
import { Ground } from "./load/ground.ts";

test.skipIf(await lacks("kubectl", "version", "--client"))(
  "whatever is taken away under load, no accepted event is lost and no answer is wrong: short, `pnpm chaos` takes longer",
  async () => {
    const dataPath = await mkdtemp(join(tmpdir(), "fc-chaos-"));
    onTestFinished(() => rm(dataPath, { recursive: true }));
    await using ground = await Ground.start(["--data-path", dataPath]);
    const { acts, load, problems } = await chaos({ ground, seconds: 8, seed: 1, longestPauseMs: 1_500 });
    expect(problems).toEqual([]);
    expect(Object.keys(acts.toJSON())).toEqual(
      expect.arrayContaining(["function Pod", "node of the cluster", "node of the pair", "server"]),
    );
    expect(load.calls.toJSON()["right"]).toBeGreaterThan(20);
    expect(load.ledger.figures().delivered).toBeGreaterThan(10);
  },
);
