import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { CacheBackend, CacheGroupSpec, CacheNodeEvent, CacheNodeSpec } from "../backend/backend.ts";
import type { Ability, BackendAbilities } from "./abilities.ts";
import type { Bench } from "./bench.ts";
import { socketClient } from "./socket-client.ts";
import type { ConformanceTarget } from "./target.ts";

/** Makes what a case stands on, and ends it. */
export class Workbench implements Bench<Ability>, AsyncDisposable {
  readonly signal: AbortSignal;
  readonly abilities: BackendAbilities;
  readonly #target: ConformanceTarget;
  readonly #id = randomBytes(4).toString("hex");
  readonly #nodes = new Set<string>();
  readonly #groups = new Set<string>();
  #backend: CacheBackend;
  #count = 0;

  private constructor(target: ConformanceTarget, signal: AbortSignal, backend: CacheBackend) {
    this.#target = target;
    this.signal = signal;
    this.#backend = backend;
    // Cases are typed by what they need, and run only where that is there.
    this.abilities = (target.abilities ?? {}) as BackendAbilities;
  }

  static async open(target: ConformanceTarget, signal: AbortSignal): Promise<Workbench> {
    const backend = await target.open();
    assert.equal(backend.specificationVersion, "v1", "the backend implements another version of the contract");
    return new Workbench(target, signal, backend);
  }

  get backend(): CacheBackend {
    return this.#backend;
  }

  readonly node: Bench["node"] = (engine, over = {}) => {
    this.#count += 1;
    const resourceId = `c${this.#id}-${this.#count}`;
    return {
      nodeKey: `000000000000/us-east-1/cluster/${resourceId}/i1`,
      account: "000000000000",
      region: "us-east-1",
      resourceType: "cluster",
      resourceId,
      nodeId: "0001",
      engine,
      engineVersion: { redis: "7.1", valkey: "8.0", memcached: "1.6.22" }[engine],
      nodeType: "cache.t3.micro",
      port: engine === "memcached" ? 11_211 : 6379,
      parameters: {},
      tags: {},
      ...over,
    };
  };

  readonly group: Bench["group"] = (name, count, over = {}) => {
    const groupId = `g${this.#id}-${name}`;
    const nodes = Array.from({ length: count }, (_, index): CacheNodeSpec => {
      const memberId = `${groupId}-00${index + 1}`;
      const nodeKey = `000000000000/us-east-1/replication-group/${memberId}/i1`;
      return this.node("redis", { nodeKey, memberId, resourceId: groupId, resourceType: "replication-group" });
    });
    return {
      groupKey: `000000000000/us-east-1/group/${groupId}/i1`,
      groupId,
      automaticFailover: count > 1,
      shards: [{ shardId: "0001", nodes }],
      ...over,
    };
  };

  readonly start: Bench["start"] = async (spec, restore) => {
    this.#nodes.add(spec.nodeKey);
    return await this.#backend.start(spec, { signal: this.signal, ...(restore === undefined ? {} : { restore }) });
  };

  readonly startGroup: Bench["startGroup"] = async (spec: CacheGroupSpec) => {
    this.#groups.add(spec.groupKey);
    for (const { nodeKey } of spec.shards.flatMap(({ nodes }) => nodes)) this.#nodes.add(nodeKey);
    return await this.#backend.startGroup(spec, { signal: this.signal });
  };

  readonly client: Bench["client"] = (engine, options = {}) =>
    (this.#target.client ?? socketClient)({ ...options, protocol: engine === "memcached" ? "memcached" : "redis" });

  readonly next: Bench["next"] = (nodeKey, type) => {
    const { signal } = this;
    const event = new Promise<CacheNodeEvent>((resolve, reject) => {
      const stop = this.#backend.onEvent((seen) => {
        if (seen.nodeKey !== nodeKey || seen.type !== type) return;
        stop();
        resolve(seen);
      });
      signal.addEventListener("abort", () => reject(new Error(`the event "${type}" of ${nodeKey} never came`)));
    });
    // A case that fails before it waits for the event has its own reason.
    event.catch(() => undefined);
    return event;
  };

  readonly reopen: Bench["reopen"] = async () => {
    await this.#backend[Symbol.asyncDispose]();
    this.#backend = await this.#target.open();
  };

  /** Ends the case's nodes and looks that nothing is left. @throws AssertionError */
  async finish(): Promise<void> {
    await this.#remove(this.signal);
    const left = await this.#target.abilities?.leftovers?.();
    assert.deepEqual(left ?? [], [], "the case's nodes are deleted, but something of them is left");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#remove(AbortSignal.timeout(30_000)).catch(() => undefined);
    await this.#backend[Symbol.asyncDispose]();
  }

  async #remove(signal: AbortSignal): Promise<void> {
    const [groups, nodes] = [[...this.#groups], [...this.#nodes]];
    await Promise.all(groups.map((key) => this.#backend.deleteGroup(key, { signal })));
    await Promise.all(nodes.map((key) => this.#backend.delete(key, { signal })));
    this.#groups.clear();
    this.#nodes.clear();
  }
}
