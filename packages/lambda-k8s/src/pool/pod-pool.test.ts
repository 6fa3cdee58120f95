import { type Deferred, deferred, type LogFields, ManualClock, silentLogger } from "@fc/core";
import { describe, expect, test } from "vitest";
import { functionSpec } from "../../test/function-samples.ts";
import type { PodBlueprint } from "../pod-maker.ts";
import { PodPool, type PoolSettings } from "./pod-pool.ts";

class FakePod {
  readonly atGate: Deferred<void> = deferred();
  readonly #ended: Deferred<{ detail: string }> = deferred();
  terminated = false;
  readonly podName: string;
  readonly kind: string;

  constructor(podName: string, kind: string) {
    this.podName = podName;
    this.kind = kind;
  }

  get ended(): Promise<{ detail: string }> {
    return this.#ended.promise;
  }

  die(detail = "killed"): void {
    this.#ended.resolve({ detail });
  }

  terminate(): Promise<void> {
    this.terminated = true;
    this.atGate.reject(new Error("terminated"));
    this.die("terminated");
    return Promise.resolve();
  }
}

function blueprint(kind: string, over: Partial<PodBlueprint> & { readonly memoryMb?: number } = {}): PodBlueprint {
  const { memoryMb = 128, ...rest } = over;
  const spec = functionSpec({ memorySizeMb: memoryMb });
  return { kind, spec, hasLayers: false, ip: "10.0.0.1", image: `image/${kind}`, ...rest };
}

interface Rig {
  readonly clock: ManualClock;
  readonly pool: PodPool<FakePod>;
  readonly pods: FakePod[];
  /** Those that the pool still has. */
  readonly kept: () => FakePod[];
  /** Lets all that are starting arrive, and those that they let start. */
  readonly arriveAll: () => Promise<void>;
  /** What was logged for everybody. */
  readonly told: (readonly [message: string, fields: LogFields])[];
  launching: number;
}

function rig(over: Partial<PoolSettings> = {}): Rig {
  const clock = new ManualClock(1_000_000);
  const pods: FakePod[] = [];
  const told: Rig["told"] = [];
  const made: Rig = {
    clock,
    pods,
    told,
    launching: 0,
    kept: () => pods.filter((pod) => !pod.terminated),
    arriveAll: async () => {
      for (let before = -1; before !== pods.length; ) {
        before = pods.length;
        for (const pod of pods) pod.atGate.resolve();
        await clock.advance(0);
      }
    },
    pool: new PodPool<FakePod>({
      settings: { poolSize: "auto", poolMemoryMb: 2_048, poolIdleSeconds: 600, poolParallelism: 2, ...over },
      make: ({ kind }) => {
        const pod = new FakePod(`pod-${pods.length + 1}`, kind);
        pods.push(pod);
        return pod;
      },
      arrive: (pod) => pod.atGate.promise,
      launching: () => made.launching,
      maxAgeMs: 3_600_000,
      clock,
      logger: { ...silentLogger, info: (fields, message) => void told.push([message, fields]) },
    }),
  };
  return made;
}

describe("the pool", () => {
  test("gets a Pod ready for a function that was announced, and says when it is", async () => {
    const { pool, pods, arriveAll } = rig();
    let ready = false;
    const announced = pool.announce(blueprint("a")).then(() => (ready = true));
    expect([pods.length, ready]).toEqual([1, false]);
    await arriveAll();
    await announced;
    expect(pool.states()).toMatchObject([{ kind: "a", wanted: 1, waiting: 1, starting: 0, claimed: 0 }]);
  });

  test("tells that Pods of a kind are being started, and when as many wait as are wanted; not of what it refills", async () => {
    const { pool, pods, told, arriveAll, clock } = rig({ poolSize: 2 });
    void pool.announce(blueprint("a"));
    const kind = { image: "image/a", memorySizeMb: 128, architecture: "x86_64" };
    const begun = ["The pool starts Pods that wait for functions of this kind", { ...kind, wanted: 2 }];
    expect(told).toEqual([begun]);
    pods[0]?.atGate.resolve();
    await clock.advance(90_000);
    expect(told).toEqual([begun]);
    await arriveAll();
    const filled = ["The pool's Pods wait for functions of this kind", { ...kind, waiting: 2, elapsedMs: 90_000 }];
    expect(told).toEqual([begun, filled]);
    pool.launched(blueprint("a"));
    pool.take("a");
    await clock.advance(300);
    await arriveAll();
    expect(pods).toHaveLength(3);
    expect(told).toEqual([begun, filled]);
    void pool.announce(blueprint("b"));
    expect(told[2]).toEqual([begun[0], { ...kind, image: "image/b", wanted: 2 }]);
  });

  test("gives every Pod to one taker only, the one that waits before the one that starts", async () => {
    const { pool, pods, arriveAll, clock } = rig({ poolSize: 2 });
    void pool.announce(blueprint("a"));
    pods[1]?.atGate.resolve();
    await clock.advance(0);
    expect(pool.take("a")).toMatchObject({ environment: { podName: "pod-2" }, waiting: true });
    expect(pool.take("a")).toMatchObject({ environment: { podName: "pod-1" }, waiting: false });
    expect(pool.take("a")).toBeUndefined();
    expect(pool.take("b")).toBeUndefined();
    await arriveAll();
    expect(pool.states()).toMatchObject([{ claimed: 2, missed: 1, waiting: 2 }]);
    expect(pods.map(({ terminated }) => terminated)).toEqual([false, false, false, false]);
  });

  test("refills when no function has come or begun to run for a moment, and a second after the first one at the latest", async () => {
    const { pool, pods, arriveAll, clock } = rig({ poolSize: 8, poolParallelism: 8 });
    void pool.announce(blueprint("a"));
    await arriveAll();
    const claim = (): void => {
      pool.launched(blueprint("a"));
      pool.take("a");
    };
    claim();
    await clock.advance(200);
    claim();
    await clock.advance(100);
    pool.worked("a");
    await clock.advance(299);
    expect(pods).toHaveLength(8);
    await clock.advance(1);
    expect(pods).toHaveLength(10);
    await arriveAll();
    for (let claims = 0; claims < 4; claims += 1) {
      claim();
      await clock.advance(250);
      await arriveAll();
    }
    expect(pods).toHaveLength(14);
  });

  test("gets a Pod ready for a new function at once, whatever was taken just now", async () => {
    const { pool, pods, arriveAll } = rig();
    void pool.announce(blueprint("a"));
    await arriveAll();
    pool.launched(blueprint("a"));
    pool.take("a");
    void pool.announce(blueprint("b"));
    expect(pods.map(({ kind }) => kind)).toContain("b");
  });

  test("starts few at once, and none while functions wait for Pods of their own", async () => {
    const one = rig({ poolSize: 5 });
    one.launching = 2;
    void one.pool.announce(blueprint("a"));
    expect(one.pods).toHaveLength(0);
    one.launching = 1;
    await one.clock.advance(5_000);
    expect(one.pods).toHaveLength(1);
    one.pool.launched(blueprint("a"));
    one.launching = 0;
    await one.clock.advance(300);
    expect(one.pods).toHaveLength(2);
    await one.arriveAll();
    expect(one.pool.states()).toMatchObject([{ waiting: 5 }]);
  });

  test("keeps as many as were lately wanted at once, and none of a kind that is no longer in use", async () => {
    const { pool, kept, arriveAll, clock } = rig({ poolIdleSeconds: 120 });
    for (let launch = 0; launch < 3; launch += 1) pool.launched(blueprint("a"));
    await clock.advance(300);
    await arriveAll();
    expect(kept()).toHaveLength(3);
    await clock.advance(65_000);
    expect(kept()).toHaveLength(1);
    await clock.advance(60_000);
    expect([kept().length, pool.states()]).toEqual([0, []]);
    expect(clock.pending).toBe(0);
  });

  test("shares its memory out: one Pod of each kind before the second of any", async () => {
    const { pool, pods, arriveAll } = rig({ poolSize: 3, poolMemoryMb: 1_024 });
    void pool.announce(blueprint("a", { memoryMb: 256 }));
    void pool.announce(blueprint("b", { memoryMb: 512 }));
    void pool.announce(blueprint("huge", { memoryMb: 2_048 }));
    await arriveAll();
    const count = (kind: string): number => pods.filter((pod) => pod.kind === kind && !pod.terminated).length;
    expect([count("a"), count("b"), count("huge")]).toEqual([2, 1, 0]);
  });

  test("replaces a waiting Pod that dies", async () => {
    const { pool, pods, arriveAll, clock } = rig();
    void pool.announce(blueprint("a"));
    await arriveAll();
    pods[0]?.die();
    await clock.advance(0);
    expect(pool.states()).toMatchObject([{ waiting: 0, lastFailure: { text: "A waiting Pod ended: killed" } }]);
    await clock.advance(1_000);
    await arriveAll();
    expect(pool.states()).toMatchObject([{ waiting: 1 }]);
    expect(pods).toHaveLength(2);
    expect(pods[0]?.terminated).toBe(true);
  });

  test("replaces a Pod that has waited too long to still serve long", async () => {
    const { pool, pods, kept, arriveAll, clock } = rig({ poolIdleSeconds: 0 });
    void pool.announce(blueprint("a"));
    await arriveAll();
    await clock.advance(3_610_000);
    await arriveAll();
    expect([pods.length, kept().length]).toEqual([2, 1]);
  });

  test("tries a kind that does not start less and less often, says why, and takes it up again when it works", async () => {
    const { pool, pods, clock } = rig();
    const announced = pool.announce(blueprint("a"));
    announced.catch(() => undefined);
    const fail = async (): Promise<void> => {
      pods.at(-1)?.atGate.reject(new Error("ErrImagePull: no such image"));
      await clock.advance(0);
    };
    await fail();
    await expect(announced).rejects.toThrow("ErrImagePull: no such image");
    expect(pool.states()).toMatchObject([{ broken: false, lastFailure: { retryInMs: 1_000 } }]);
    await clock.advance(999);
    expect(pods).toHaveLength(1);
    for (const pause of [1, 2_000]) {
      await clock.advance(pause);
      await fail();
    }
    expect(pods).toHaveLength(3);
    expect(pool.states()).toMatchObject([{ broken: true, starting: 0, lastFailure: { retryInMs: 4_000 } }]);
    pool.worked("a");
    await clock.advance(5_000);
    expect(pods).toHaveLength(4);
    expect(pool.states()).toMatchObject([{ broken: false }]);
  });

  test("says of every function of a kind that does not start why, also while it does not try", async () => {
    const { pool, pods, clock, arriveAll } = rig();
    pool.announce(blueprint("a")).catch(() => undefined);
    pods[0]?.atGate.reject(new Error("ErrImagePull: no such image"));
    await clock.advance(0);
    await expect(pool.announce(blueprint("a"))).rejects.toThrow("ErrImagePull: no such image");
    await expect(pool.announce(blueprint("a"))).rejects.toThrow("ErrImagePull: no such image");
    expect(pods).toHaveLength(1);
    await clock.advance(1_000);
    await arriveAll();
    pods[1]?.die();
    await clock.advance(0);
    // The last one did start.
    await expect(pool.announce(blueprint("a"))).resolves.toBeUndefined();
    expect(pods).toHaveLength(2);
  });

  test("tells a failure to whoever took the Pod while it started", async () => {
    const { pool, pods, clock } = rig();
    pool.announce(blueprint("a")).catch(() => undefined);
    const taken = pool.take("a");
    pods[0]?.atGate.reject(new Error("Unschedulable"));
    await expect(taken?.arrived).rejects.toThrow("Unschedulable");
    await clock.advance(0);
    // It is the taker's to end.
    expect(pods[0]?.terminated).toBe(false);
    expect(pool.states()).toMatchObject([{ lastFailure: { text: "Unschedulable" } }]);
  });

  test("drops the Pods that know another address of the server", async () => {
    const { pool, pods, arriveAll } = rig();
    void pool.announce(blueprint("a"));
    await arriveAll();
    void pool.announce(blueprint("a2", { ip: "10.0.0.2" }));
    await arriveAll();
    expect(pods.map(({ kind, terminated }) => [kind, terminated])).toEqual([
      ["a", true],
      ["a2", false],
    ]);
  });

  test("gives its room back when the cluster is full, and comes back later", async () => {
    const { pool, kept, arriveAll, clock } = rig({ poolSize: 2 });
    expect(await pool.yieldRoom()).toBe(false);
    await clock.advance(60_000);
    void pool.announce(blueprint("a"));
    await arriveAll();
    expect(await pool.yieldRoom()).toBe(true);
    expect(kept()).toHaveLength(0);
    await clock.advance(59_000);
    expect(kept()).toHaveLength(0);
    await clock.advance(6_000);
    expect(kept()).toHaveLength(2);
  });

  test("does not take it for a failure when it ends a Pod that is still starting", async () => {
    const { pool, pods, clock } = rig();
    pool.announce(blueprint("a")).catch(() => undefined);
    await pool.yieldRoom();
    await clock.advance(0);
    expect(pods.map(({ terminated }) => terminated)).toEqual([true]);
    expect(pool.states()).toMatchObject([{ starting: 0, broken: false }]);
    expect(pool.states()[0]).not.toHaveProperty("lastFailure");
  });

  test("does nothing when its size is 0, or after it was closed", async () => {
    const off = rig({ poolSize: 0 });
    await off.pool.announce(blueprint("a"));
    off.pool.launched(blueprint("a"));
    const closed = rig();
    closed.pool.close();
    await closed.pool.announce(blueprint("a"));
    expect([off.pods, closed.pods, off.pool.states(), off.clock.pending]).toEqual([[], [], [], 0]);
  });
});
