import { ManualClock, silentLogger } from "@fc/core";
import type { V1Lease } from "@kubernetes/client-node";
import fc from "fast-check";
import { expect, test } from "vitest";
import { labels } from "../labels.ts";
import { leaseSeconds, renewSeconds } from "./instance-lease.ts";
import { lookMs, Reaper, type ReaperOptions } from "./reaper.ts";

const seconds = 400;
/** A renewal that fails is tried again so soon, the time that it takes to fail included. */
const retrySeconds = 7;

interface World {
  /** Seconds in which nobody can write, and perhaps nobody read. */
  readonly outages: readonly (readonly [from: number, length: number, readable: boolean])[];
  /** When each other process dies, and when in its turn it renews. */
  readonly others: readonly { readonly diesAt: number; readonly phase: number }[];
  /** When the process that looks does so, in its turn, and when it renews. */
  readonly lookPhase: number;
  readonly ownPhase: number;
}

/** One process among others; `nextMs` is when it will renew, or try again to. */
class Holder {
  nextSecond: number;
  renewedSecond = 0;
  version = 1;

  constructor(phase: number) {
    this.nextSecond = phase;
  }

  tick(second: number, up: boolean): void {
    if (second < this.nextSecond) return;
    if (up) {
      this.renewedSecond = second;
      this.version += 1;
    }
    this.nextSecond = second + (up ? renewSeconds : retrySeconds);
  }

  lease(name: string): V1Lease {
    return {
      metadata: { name, uid: name, resourceVersion: String(this.version), labels: { [labels.instance]: name } },
      spec: { renewTime: new Date(this.renewedSecond * 1_000) as never, leaseDurationSeconds: leaseSeconds },
    };
  }
}

/** When each of the others was reaped. */
async function play(world: World): Promise<Map<string, number>> {
  const clock = new ManualClock();
  const own = new Holder(world.ownPhase);
  const others = world.others.map(({ phase }) => new Holder(phase));
  const reaped = new Map<string, number>();
  const leases = {
    list: async () =>
      others
        .map((holder, index) => holder.lease(`p${index}`))
        .filter(({ metadata }) => !reaped.has(metadata?.name ?? "")),
    removeExactly: async (name: string) => {
      reaped.set(name, clock.now() / 1_000);
      return true;
    },
  };
  const nothing = { list: async () => [], removeAll: async () => undefined, remove: async () => undefined };
  const reaper = new Reaper({
    leases,
    resources: { pods: nothing, secrets: nothing, services: nothing, configMaps: nothing },
    instanceId: "own",
    isAlive: () => clock.now() / 1_000 - own.renewedSecond < 1.5 * renewSeconds,
    serverTime: () => new Date(clock.now()),
    clock,
    logger: silentLogger,
  } as unknown as ReaperOptions);
  for (let second = 0; second < seconds; second += 1) {
    const now = world.outages.filter(([from, length]) => second >= from && second < from + length);
    const up = now.length === 0;
    const readable = now.every(([, , canRead]) => canRead);
    own.tick(second, up);
    for (const [index, holder] of others.entries())
      if (second < (world.others[index]?.diesAt ?? 0)) holder.tick(second, up);
    if (readable && second % (lookMs / 1_000) === world.lookPhase) await reaper.look();
    await clock.advance(1_000);
  }
  return reaped;
}

const worlds = fc.record({
  // One after the other: what comes and goes every few seconds, just when it matters, could hide any process.
  outages: fc
    .array(fc.tuple(fc.integer({ min: 15, max: 200 }), fc.integer({ min: 1, max: 120 }), fc.boolean()), {
      maxLength: 4,
    })
    .map((list) => {
      let at = 0;
      return list.map(([pause, length, readable]) => {
        const from = at + pause;
        at = from + length;
        return [from, length, readable] as const;
      });
    }),
  others: fc.array(
    fc.record({ diesAt: fc.integer({ min: 1, max: 2 * seconds }), phase: fc.integer({ min: 0, max: renewSeconds }) }),
    { minLength: 1, maxLength: 4 },
  ),
  lookPhase: fc.integer({ min: 0, max: 6 }),
  ownPhase: fc.integer({ min: 0, max: renewSeconds }),
});

test("no living process is ever taken for dead, whatever outages there are", async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      for (const [name, second] of await play(world))
        expect(second).toBeGreaterThan(world.others[Number(name.slice(1))]?.diesAt ?? 0);
    }),
    { numRuns: 60 },
  );
});

test("a dead process is found within 50 s when the API server answers", async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      const reaped = await play({ ...world, outages: [] });
      for (const [index, { diesAt }] of world.others.entries())
        if (diesAt < seconds - 50) expect((reaped.get(`p${index}`) ?? seconds) - diesAt).toBeLessThanOrEqual(50);
    }),
    { numRuns: 60 },
  );
});
