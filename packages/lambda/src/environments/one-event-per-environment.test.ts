import { FcError, ManualClock, silentLogger } from "@fc/core";
import { describe, expect, test } from "vitest";
import { code, spec } from "../../test/support/function-spec.ts";
import { randomOf } from "../../test/support/random.ts";
import { memoryBackend } from "../testing/index.ts";
import { EnvironmentManager } from "./environment-manager.ts";
import type { ProvisionedTarget } from "./provisioned-targets.ts";

const names = ["f", "g", "h"] as const;
const perFunction = 4;
const total = 7;

/** Everything that happens to a server's environments, in an order and at times that follow from the seed. */
async function runSchedule(seed: number): Promise<{ served: number; refused: string[]; left: number }> {
  const next = randomOf(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  const clock = new ManualClock();
  const backend = memoryBackend({
    handlers: Object.fromEntries(names.map((name) => [name, () => name])),
    clock,
    onLaunch: async () => {
      await clock.sleep(below(20));
      return next() < 0.1 ? "launch-failed" : undefined;
    },
    onTerminate: () => clock.sleep(below(10)),
  });
  /** The deploy id that each function has now. */
  const current = new Map<string, string>(names.map((name) => [name, `${name}-0`]));
  let targets: readonly ProvisionedTarget[] = [];
  const manager = new EnvironmentManager({
    backend,
    clock,
    logger: silentLogger,
    isCurrent: ({ functionName, deployId }) => current.get(functionName) === deployId,
    provisioned: () => targets.map((target) => ({ ...target, spec: spec(target.key, current.get(target.key)) })),
    limits: {
      perFunction,
      total,
      queueSize: 1_000,
      queueTimeoutMs: 5_000,
      keepAliveMs: 40,
      initTimeoutMs: 10_000,
      launchTimeoutMs: 120_000,
    },
  });
  const busy = new Set<string>();
  let served = 0;
  const refused: string[] = [];
  const checkLimits = (): void => {
    expect(manager.slots.length).toBeLessThanOrEqual(total);
    for (const name of names)
      expect(manager.slots.filter((slot) => slot.spec.functionName === name).length).toBeLessThanOrEqual(perFunction);
  };
  const execution = async (): Promise<void> => {
    const name = names[below(3)] ?? "f";
    const caller = new AbortController();
    if (next() < 0.2) clock.after(below(30), () => caller.abort(new Error("the caller went away")));
    const lease = await manager.acquire(spec(name, current.get(name)), () => code, caller.signal);
    const { id } = lease.environment;
    expect(busy, `${id} has two events`).not.toContain(id);
    busy.add(id);
    checkLimits();
    await clock.sleep(below(30));
    busy.delete(id);
    served += 1;
    if (next() < 0.1) lease.discard();
    else lease.release();
    checkLimits();
  };
  const event = async (): Promise<void> => {
    await clock.sleep(below(400));
    const name = names[below(3)] ?? "f";
    const kind = next();
    if (kind < 0.8) await execution().catch((error: unknown) => refused.push(reasonOf(error)));
    else if (kind < 0.86) backend.environments[below(backend.environments.length)]?.lose();
    else if (kind < 0.92) {
      const count = below(4);
      const others = targets.filter(({ key }) => key !== name);
      targets = [...others, { key: name, revision: String(clock.now()), count, spec: spec(name), code: () => code }];
      manager.reconcile();
    } else if (kind < 0.97) {
      current.set(name, `${name}-${clock.now()}`);
      manager.reconcile();
    } else await manager.retire(({ functionName }) => functionName === name);
  };
  const events = Array.from({ length: 150 }, event);
  await clock.advance(600_000);
  await Promise.all(events);
  // Nothing is provisioned any more: what is idle goes, and nothing comes back.
  targets = [];
  manager.reconcile();
  await clock.advance(600_000);
  expect(backend.environments.every(({ over }) => over)).toBe(true);
  return { served, refused, left: manager.slots.length };
}

function reasonOf(error: unknown): string {
  return FcError.isInstance(error) ? error.code : error instanceof Error ? error.message : String(error);
}

describe("one event per environment", () => {
  // Random, but the same in every run.
  test.each(Array.from({ length: 60 }, (_, seed) => seed))(
    "holds in random schedule %i with losses, failures, updates and provisioning; everybody has an answer, nothing is left",
    async (seed) => {
      const { served, refused, left } = await runSchedule(seed);
      expect(served).toBeGreaterThan(50);
      expect([...new Set(refused)].filter((reason) => !expected.has(reason))).toEqual([]);
      expect(left).toBe(0);
    },
  );
});

const expected: ReadonlySet<string> = new Set(["FC_LAMBDA_LAUNCH_FAILED", "the caller went away"]);
