import { deferred, ManualClock, silentLogger } from "@fc/core";
import { describe, expect, test } from "vitest";
import { code, type Spec, spec } from "../../test/support/function-spec.ts";
import { ShippedLog } from "../logs/environment-log.ts";
import { type LaunchFault, type MemoryBackend, memoryBackend } from "../testing/index.ts";
import { type EnvironmentLimits, EnvironmentManager } from "./environment-manager.ts";
import type { Lease } from "./lease.ts";
import type { ProvisionedState, ProvisionedTarget } from "./provisioned-targets.ts";

interface Rig {
  readonly clock: ManualClock;
  readonly backend: MemoryBackend;
  readonly manager: EnvironmentManager;
  readonly acquire: (of?: Spec) => Promise<Lease>;
  /** Wants so many environments of each function from now on. */
  readonly provision: (counts: Readonly<Record<string, number>>, revision?: string) => Promise<void>;
  readonly state: (name?: string) => ProvisionedState | undefined;
  /** Of every launch: the function and how it was initialised. */
  readonly launches: () => string[];
  readonly outdated: Set<string>;
  /** What is shipped of the init phases: the function, the event and its type. */
  readonly shipped: string[];
}

const logging = { format: "JSON", applicationLevel: "INFO", systemLevel: "DEBUG" } as const;

function rig(
  limits: Partial<EnvironmentLimits> = {},
  onLaunch: (launch: number) => LaunchFault | undefined | Promise<LaunchFault | undefined> = () => undefined,
): Rig {
  const clock = new ManualClock();
  const handlers = Object.fromEntries(["f", "g", "h"].map((name) => [name, () => name]));
  const backend = memoryBackend({ handlers, clock, onLaunch: () => onLaunch(backend.launches) });
  const outdated = new Set<string>();
  const shipped: string[] = [];
  let targets: readonly ProvisionedTarget[] = [];
  const manager = new EnvironmentManager({
    backend,
    clock,
    logger: silentLogger,
    isCurrent: (one) => !outdated.has(one.deployId),
    provisioned: () => targets,
    openLog: (one) =>
      new ShippedLog({ ...one, logging }, "stream", ({ message }) => {
        const { type, record } = JSON.parse(message);
        shipped.push(`${one.functionName} ${type} ${record.initializationType}`);
      }),
    limits: {
      perFunction: 20,
      total: 40,
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
    shipped,
    acquire: (of = spec()) => manager.acquire(of, () => code),
    provision: async (counts, revision = "1") => {
      targets = Object.entries(counts).map(([name, count]) => ({
        key: name.split("@")[0] ?? name,
        revision,
        count,
        spec: spec(name.split("@")[0], name),
        code: () => code,
      }));
      manager.reconcile();
      await clock.advance(0);
    },
    state: (name = "f") => manager.provisioned(name),
    launches: () =>
      backend.environments.map(({ request }) => `${request.spec.functionName} ${request.initializationType ?? "-"}`),
  };
}

describe("provisioned environments", () => {
  test("are there before anybody asks, and know how they were initialised", async () => {
    const { provision, launches, state } = rig();
    await provision({ f: 2 });
    expect(launches()).toEqual(["f provisioned-concurrency", "f provisioned-concurrency"]);
    expect(state()).toEqual({ allocated: 2, available: 2 });
  });

  test("say in their logs how they were initialised, also when that fails", async () => {
    const { acquire, provision, shipped } = rig({}, (launch) => (launch === 2 ? "init-failed" : undefined));
    await provision({ f: 1, g: 1 });
    await acquire(spec("h"));
    const phase = (name: string, how: string): string[] =>
      ["Start", "RuntimeDone", "Report"].map((event) => `${name} platform.init${event} ${how}`);
    expect(shipped).toEqual([
      ...phase("f", "provisioned-concurrency"),
      ...phase("g", "provisioned-concurrency"),
      ...phase("h", "on-demand"),
    ]);
  });

  test("serve first; what is more spills over to environments on demand", async () => {
    const { acquire, provision, launches, state } = rig();
    (await acquire(spec("f", "f"))).release();
    await provision({ f: 1 });
    const first = await acquire(spec("f", "f"));
    const second = await acquire(spec("f", "f"));
    const third = await acquire(spec("f", "f"));
    expect([first, second, third].map((lease) => lease.environment.id)).toEqual(["memory-2", "memory-1", "memory-3"]);
    expect(launches()).toEqual(["f -", "f provisioned-concurrency", "f -"]);
    expect(state()).toEqual({ allocated: 1, available: 0 });
  });

  test("outlive the keep-alive time, and are never evicted for others", async () => {
    const { acquire, provision, backend, clock, state } = rig({ total: 3, queueTimeoutMs: 1_000 });
    await provision({ f: 2 });
    await acquire(spec("h"));
    await clock.advance(10 * 300_000);
    expect(state()).toEqual({ allocated: 2, available: 2 });
    const refused = expect(acquire(spec("g"))).rejects.toMatchObject({ code: "FC_LAMBDA_QUEUE_TIMEOUT" });
    await clock.advance(1_000);
    await refused;
    expect(backend.environments.map(({ over }) => over)).toEqual([false, false, false]);
  });

  test("take the place of idle ones, and wait while all are busy", async () => {
    const { acquire, provision, clock, state } = rig({ total: 3 });
    await acquire(spec("g"));
    const busy = await acquire(spec("g"));
    (await acquire(spec("h"))).release();
    await provision({ f: 2 });
    await clock.advance(0);
    expect(state()).toEqual({ allocated: 1, available: 1 });
    busy.discard();
    await clock.advance(0);
    expect(state()).toEqual({ allocated: 2, available: 2 });
  });

  test("are replaced at once when they end", async () => {
    const { acquire, provision, backend, clock, state } = rig();
    await provision({ f: 2 });
    (await acquire(spec("f", "f"))).discard();
    backend.environments[1]?.lose();
    await clock.advance(0);
    expect(state()).toEqual({ allocated: 2, available: 2 });
    expect(backend.launches).toBe(4);
  });

  test("that end again and again without use are made less and less often", async () => {
    const { provision, backend, clock } = rig();
    await provision({ f: 1 });
    const lost: number[] = [];
    for (let turn = 0; turn < 600; turn += 1) {
      const last = backend.environments.at(-1);
      if (last?.over === false) {
        lost.push(clock.now() / 1_000);
        last.lose();
      }
      await clock.advance(1_000);
    }
    expect(lost).toEqual([0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
  });

  test("that cannot be made say why, and are tried again, less and less often", async () => {
    let broken = true;
    const { provision, backend, clock, state } = rig({}, () => (broken ? "init-failed" : undefined));
    await provision({ f: 1 });
    expect(state()).toMatchObject({ allocated: 0, available: 0, failure: { code: "FC_LAMBDA_INIT_FAILED" } });
    await clock.advance(999);
    expect(backend.launches).toBe(1);
    await clock.advance(1);
    expect(backend.launches).toBe(2);
    await clock.advance(1_999);
    expect(backend.launches).toBe(2);
    broken = false;
    await clock.advance(1);
    expect(state()).toEqual({ allocated: 1, available: 1 });
  });

  test("that are asked for anew are tried at once", async () => {
    let broken = true;
    const { provision, clock, state } = rig({}, () => (broken ? "launch-failed" : undefined));
    await provision({ f: 1 });
    await clock.advance(60_000);
    broken = false;
    await provision({ f: 1 }, "2");
    expect(state()).toEqual({ allocated: 1, available: 1 });
  });

  test("a failed one is nobody's answer", async () => {
    const gate = deferred<LaunchFault>();
    const { acquire, provision, clock } = rig({}, (launch) => (launch === 1 ? gate.promise : undefined));
    await provision({ f: 1 });
    const waiting = acquire(spec("f", "f"));
    gate.resolve("launch-failed");
    await clock.advance(0);
    expect((await waiting).environment.id).toBe("memory-2");
  });

  test("serve their version also while another version of the function waits for room", async () => {
    const { acquire, provision } = rig({ perFunction: 2 });
    const old = await acquire(spec("f", "f@1"));
    await provision({ "f@2": 1 });
    const waiting = acquire(spec("f", "f@1"));
    expect((await acquire(spec("f", "f@2"))).environment.id).toBe("memory-2");
    old.release();
    expect((await waiting).environment.id).toBe("memory-1");
  });

  test("that are wanted no more go: idle and starting ones now, busy ones when they are done", async () => {
    const never = deferred<undefined>();
    const { acquire, provision, backend, clock, manager, state } = rig({}, (launch) =>
      launch === 3 ? never.promise : undefined,
    );
    await provision({ f: 3 });
    const busy = await acquire(spec("f", "f"));
    await provision({});
    expect(state()).toBeUndefined();
    expect(manager.slots.map(({ phase }) => phase)).toEqual(["busy", "retiring"]);
    never.resolve(undefined);
    busy.release();
    await clock.advance(0);
    expect(manager.slots).toEqual([]);
    expect(backend.environments.every(({ over }) => over)).toBe(true);
  });

  test("of which fewer are wanted keep the busy ones", async () => {
    const { acquire, provision, state, backend } = rig();
    await provision({ f: 3 });
    const busy = await acquire(spec("f", "f"));
    await provision({ f: 1 });
    expect(state()).toEqual({ allocated: 1, available: 0 });
    expect(backend.environments.filter(({ over }) => !over)).toEqual([busy.environment]);
  });

  test("follow a change of what they run", async () => {
    const { provision, outdated, state, backend } = rig();
    await provision({ "f@1": 2 });
    outdated.add("f@1");
    await provision({ "f@2": 2 });
    expect(state()).toEqual({ allocated: 2, available: 2 });
    expect(backend.environments.map(({ request, over }) => [request.spec.deployId, over])).toEqual([
      ["f@1", true],
      ["f@1", true],
      ["f@2", false],
      ["f@2", false],
    ]);
  });

  test("are made ten at a time", async () => {
    const gates = Array.from({ length: 20 }, () => deferred<undefined>());
    const { provision, backend, clock } = rig({}, (launch) => gates[launch - 1]?.promise);
    await provision({ f: 15 });
    expect(backend.launches).toBe(10);
    gates[0]?.resolve(undefined);
    await clock.advance(0);
    expect(backend.launches).toBe(11);
  });

  test("beyond the server's limits name the setting; what was asked for before is still provided", async () => {
    const { provision, state } = rig({ perFunction: 3, total: 5 });
    await provision({ f: 2, g: 4, h: 3 });
    expect(state("f")).toEqual({ allocated: 2, available: 2 });
    expect(state("g")).toMatchObject({
      allocated: 0,
      failure: { message: "FAKECLOUD_LAMBDA_MAX_CONCURRENCY allows 3 execution environments of one function" },
    });
    expect(state("h")).toMatchObject({
      failure: {
        message:
          "FAKECLOUD_LAMBDA_MAX_ENVIRONMENTS allows 5 execution environments of all functions, of which one is left for what is not provisioned",
      },
    });
  });

  test("end with the manager and do not come back", async () => {
    const { provision, backend, clock, manager } = rig();
    await provision({ f: 2 });
    await manager[Symbol.asyncDispose]();
    await clock.advance(600_000);
    expect(manager.slots).toEqual([]);
    expect(backend.launches).toBe(2);
  });
});
