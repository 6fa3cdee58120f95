import { InvokeCommand } from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import { type Harness, lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction } from "../../test/support/make-function.ts";
import { randomOf } from "../../test/support/random.ts";
import { MemoryFault, type MemoryFunction } from "../testing/index.ts";

interface Event {
  readonly id: number;
  /** How often its environment ends before the runtime has seen it. */
  readonly undelivered: number;
  readonly end: "answer" | "throw" | "crash" | "timeout";
  readonly ms: number;
}

interface Rig extends Harness {
  /** How often each event was seen by a runtime. */
  readonly seen: Map<number, number>;
  readonly send: (event: Event, InvocationType?: "Event") => Promise<unknown>;
}

async function rigOf(): Promise<Rig> {
  const tries = new Map<number, number>();
  const seen = new Map<number, number>();
  const f: MemoryFunction = async (payload) => {
    const { id, undelivered, end, ms } = payload as Event;
    tries.set(id, (tries.get(id) ?? 0) + 1);
    if ((tries.get(id) ?? 0) <= undelivered) throw new MemoryFault("not-delivered");
    seen.set(id, (seen.get(id) ?? 0) + 1);
    await rig.clock.sleep(ms);
    if (end === "throw") throw new Error("no");
    if (end !== "answer") throw new MemoryFault(end);
    return id;
  };
  const rig = lambdaHarness({ handlers: { f }, limits: { maxConcurrency: 5 } });
  await makeFunction(rig);
  const send = (event: Event, InvocationType?: "Event"): Promise<unknown> => {
    const input = { FunctionName: "f", Payload: Buffer.from(JSON.stringify(event)) };
    return rig.client.send(
      new InvokeCommand({ ...input, ...(InvocationType === undefined ? {} : { InvocationType }) }),
    );
  };
  return { ...rig, seen, send };
}

function eventsOf(seed: number, count: number): Event[] {
  const next = randomOf(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  const ends = ["answer", "answer", "throw", "crash", "timeout"] as const;
  return Array.from({ length: count }, (_, id) => ({
    id,
    undelivered: next() < 0.3 ? below(4) : 0,
    end: ends[below(ends.length)] ?? "answer",
    ms: below(50),
  }));
}

/** Time passes until all of it is done. */
async function until(rig: Rig, all: Promise<unknown>, stepMs: number): Promise<void> {
  let done = false;
  void all.finally(() => {
    done = true;
  });
  for (let turn = 0; turn < 5_000 && !done; turn += 1) {
    await rig.clock.advance(stepMs);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(done).toBe(true);
}

describe("an event whose caller waits", () => {
  test.each([1, 2, 3, 4, 5])(
    "is seen by one runtime, once, whatever becomes of environments (schedule %i)",
    async (seed) => {
      const rig = await rigOf();
      const next = randomOf(seed);
      const events = eventsOf(seed, 60);
      const all = Promise.all(events.map((event) => rig.send(event)));
      // Nodes are lost meanwhile.
      const losses = Array.from({ length: 20 }, async () => {
        await rig.clock.sleep(Math.floor(next() * 600));
        rig.backend.environments.findLast(({ over }) => !over && next() < 0.5)?.lose();
      });
      await until(rig, Promise.all([all, ...losses]), 5);
      expect(events.map(({ id }) => rig.seen.get(id))).toEqual(events.map(() => 1));
    },
  );
});

describe("an event whose caller does not wait", () => {
  test.each([1, 2, 3])("is seen again only when its function has failed (schedule %i)", async (seed) => {
    const rig = await rigOf();
    const events = eventsOf(seed, 40);
    const accepted = Promise.all(events.map((event) => rig.send(event, "Event")));
    await until(rig, accepted, 5);
    // Two retries, one and two minutes later.
    const done = (async () => {
      while ((await rig.lambda.health()).events > 0) await rig.clock.sleep(1_000);
    })();
    await until(rig, done, 1_000);
    expect(events.map(({ id }) => rig.seen.get(id))).toEqual(events.map(({ end }) => (end === "answer" ? 1 : 3)));
  });
});
