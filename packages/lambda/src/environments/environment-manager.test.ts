import { deferred, ManualClock, silentLogger } from "@fc/core";
import { describe, expect, test } from "vitest";
import { code, spec } from "../../test/support/function-spec.ts";
import type { FunctionSpec } from "../backend/function-spec.ts";
import { type LaunchFault, type MemoryBackend, memoryBackend } from "../testing/index.ts";
import { type EnvironmentLimits, EnvironmentManager } from "./environment-manager.ts";
import type { Lease } from "./lease.ts";

interface Rig {
  readonly clock: ManualClock;
  readonly backend: MemoryBackend;
  readonly manager: EnvironmentManager;
  readonly acquire: (of?: FunctionSpec, signal?: AbortSignal) => Promise<Lease>;
  /** Lets everything that is ready happen. */
  readonly settle: () => Promise<void>;
  readonly outdated: Set<string>;
}

function rig(
  limits: Partial<EnvironmentLimits> = {},
  onLaunch?: (signal: AbortSignal) => LaunchFault | undefined | Promise<LaunchFault | undefined>,
): Rig {
  const clock = new ManualClock();
  const handlers = Object.fromEntries(["f", "g", "h"].map((name) => [name, () => name]));
  const backend = memoryBackend({
    handlers,
    clock,
    ...(onLaunch === undefined ? {} : { onLaunch: (_request, signal) => onLaunch(signal) }),
  });
  const outdated = new Set<string>();
  const manager = new EnvironmentManager({
    backend,
    clock,
    logger: silentLogger,
    isCurrent: (one) => !outdated.has(one.deployId),
    limits: {
      perFunction: 10,
      total: 20,
      queueSize: 100,
      queueTimeoutMs: 60_000,
      keepAliveMs: 300_000,
      initTimeoutMs: 10_000,
      launchTimeoutMs: 120_000,
      ...limits,
    },
  });
  return {
    clock,
    backend,
    manager,
    outdated,
    acquire: (of = spec(), signal) => manager.acquire(of, () => code, signal),
    settle: () => clock.advance(0),
  };
}

describe("environments", () => {
  test("a warm environment is used again and says that it is no longer fresh", async () => {
    const { acquire, backend } = rig();
    const first = await acquire();
    first.release();
    const second = await acquire();
    expect([first.fresh, second.fresh, backend.launches]).toEqual([true, false, 1]);
  });

  test("cold starts run in parallel", async () => {
    const gate = deferred<undefined>();
    const { acquire, backend, settle } = rig({}, () => gate.promise);
    const waiting = Array.from({ length: 8 }, () => acquire());
    await settle();
    expect(backend.launches).toBe(8);
    gate.resolve(undefined);
    const leases = await Promise.all(waiting);
    expect(new Set(leases.map((lease) => lease.environment.id)).size).toBe(8);
  });

  test("who waits is served in the order of arrival", async () => {
    const { acquire, settle } = rig({ perFunction: 1 });
    const holder = await acquire();
    const order: number[] = [];
    const done = [1, 2, 3].map(async (index) => {
      const lease = await acquire();
      order.push(index);
      lease.release();
    });
    await settle();
    holder.release();
    await Promise.all(done);
    expect(order).toEqual([1, 2, 3]);
  });

  test("a freed environment serves the first in line while a cold start is still under way", async () => {
    const gate = deferred<undefined>();
    let launches = 0;
    const { acquire, settle } = rig({}, () => (launches++ === 0 ? undefined : gate.promise));
    const first = await acquire();
    const second = acquire();
    await settle();
    first.release();
    expect((await second).environment.id).toBe(first.environment.id);
    gate.resolve(undefined);
  });

  test("an idle environment ends after the keep-alive time and not before", async () => {
    const { acquire, backend, clock, manager } = rig();
    (await acquire()).release();
    await clock.advance(299_999);
    expect(manager.slots).toHaveLength(1);
    await clock.advance(1);
    expect([manager.slots.length, backend.environments[0]?.over]).toEqual([0, true]);
  });

  test("at the total limit the environment that was idle longest makes room", async () => {
    const { acquire, backend, clock } = rig({ total: 2 });
    (await acquire(spec("f"))).release();
    await clock.advance(10);
    (await acquire(spec("g"))).release();
    await clock.advance(10);
    await acquire(spec("h"));
    expect(backend.environments.map((one) => [one.request.spec.functionName, one.over])).toEqual([
      ["f", true],
      ["g", false],
      ["h", false],
    ]);
  });

  test("one eviction per waiter: two idle environments make room for two", async () => {
    const { acquire, backend, clock } = rig({ total: 3 });
    const leases = [await acquire(spec("f")), await acquire(spec("f")), await acquire(spec("f"))];
    for (const lease of leases) lease.release();
    await clock.advance(1);
    await Promise.all([acquire(spec("g")), acquire(spec("h"))]);
    expect(backend.environments.filter((one) => one.over)).toHaveLength(2);
  });

  test("an update lets a busy environment finish and then ends it", async () => {
    const { acquire, backend, manager, outdated, settle } = rig();
    const busy = await acquire();
    (await acquire()).release();
    outdated.add("f-1");
    manager.reconcile();
    await settle();
    expect(backend.environments.map((one) => one.over)).toEqual([false, true]);
    busy.release();
    await settle();
    expect(manager.slots).toEqual([]);
    expect(backend.environments[0]?.over).toBe(true);
  });

  test("a failed launch is the answer to one caller, the others are still served", async () => {
    let launches = 0;
    const { acquire } = rig({}, () => (launches++ === 0 ? "launch-failed" : undefined));
    const [first, second] = await Promise.allSettled([acquire(), acquire()]);
    expect(first).toMatchObject({ status: "rejected", reason: { code: "FC_LAMBDA_LAUNCH_FAILED" } });
    expect(second.status).toBe("fulfilled");
  });

  test("a launch that overruns is aborted and its place stays taken until the backend is done with it", async () => {
    const finish = deferred<undefined>();
    const { acquire, clock, manager, settle } = rig({ launchTimeoutMs: 5_000 }, () => finish.promise);
    const refused = expect(acquire()).rejects.toMatchObject({ code: "FC_DEADLINE_EXCEEDED" });
    await clock.advance(5_000);
    await refused;
    expect(manager.slots.map((slot) => slot.phase)).toEqual(["retiring"]);
    finish.resolve(undefined);
    await settle();
    expect(manager.slots).toEqual([]);
  });

  test("the line is bounded in length and in time", async () => {
    const { acquire, clock } = rig({ perFunction: 1, queueSize: 1, queueTimeoutMs: 1_000 });
    await acquire();
    const waiting = expect(acquire()).rejects.toMatchObject({ code: "FC_LAMBDA_QUEUE_TIMEOUT" });
    await expect(acquire()).rejects.toMatchObject({ code: "FC_LAMBDA_QUEUE_FULL" });
    await clock.advance(1_000);
    await waiting;
  });

  test("a line that one function has filled keeps out nobody who need not wait", async () => {
    const { acquire, clock } = rig({ perFunction: 1, queueSize: 2 });
    await acquire(spec("f"));
    const waiting = [acquire(spec("f")), acquire(spec("f"))];
    await expect(acquire(spec("f"))).rejects.toMatchObject({ code: "FC_LAMBDA_QUEUE_FULL" });
    const cold = await acquire(spec("g"));
    cold.release();
    const warm = await acquire(spec("g"));
    expect([cold.fresh, warm.fresh]).toEqual([true, false]);
    await expect(acquire(spec("g"))).rejects.toMatchObject({ code: "FC_LAMBDA_QUEUE_FULL" });
    const refused = Promise.allSettled(waiting);
    await clock.advance(60_000);
    await refused;
  });

  test("a caller that goes away while waiting gives up its place", async () => {
    const { acquire, manager } = rig({ perFunction: 1 });
    await acquire();
    const caller = new AbortController();
    const waiting = acquire(spec(), caller.signal);
    caller.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
    expect(manager.waiting).toBe(0);
  });

  test("an environment whose caller went away while it was being launched serves the next one, or ends like any other", async () => {
    const gate = deferred<undefined>();
    const { acquire, backend, clock, manager, settle } = rig({}, () => gate.promise);
    const caller = new AbortController();
    const refused = expect(acquire(spec(), caller.signal)).rejects.toThrow("gone");
    await settle();
    caller.abort(new Error("gone"));
    await refused;
    gate.resolve(undefined);
    await settle();
    expect(manager.slots.map(({ phase }) => phase)).toEqual(["idle"]);
    const next = await acquire();
    expect([backend.launches, next.environment.id]).toEqual([1, "memory-1"]);
    next.release();
    await clock.advance(300_000);
    expect([manager.slots.length, backend.environments[0]?.over]).toEqual([0, true]);
  });

  test("an environment that is lost while idle is not handed out", async () => {
    const { acquire, backend, settle } = rig();
    (await acquire()).release();
    backend.environments[0]?.lose();
    await settle();
    expect((await acquire()).environment.id).toBe("memory-2");
  });

  test("ending waits until busy, idle and starting environments are gone, and rejects who waits", async () => {
    const started = deferred<AbortSignal>();
    const { acquire, backend, manager } = rig({ perFunction: 2 }, (signal) => {
      if (backend.launches < 2) return undefined;
      started.resolve(signal);
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined)));
    });
    await acquire();
    const waiting = Promise.allSettled([acquire(), acquire()]);
    await started.promise;
    await manager[Symbol.asyncDispose]();
    expect(manager.slots).toEqual([]);
    expect((await waiting).map((one) => one.status)).toEqual(["rejected", "rejected"]);
    await expect(acquire()).rejects.toMatchObject({ code: "FC_LAMBDA_STOPPED" });
  });
});
