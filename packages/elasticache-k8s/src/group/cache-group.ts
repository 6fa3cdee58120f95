import { Semaphore } from "@fc/core";
import type { CacheGroupSpec, CacheShardSpec } from "@fc/elasticache/backend";

/** What this process knows of a replication group that it was asked to run. */
export class CacheGroup {
  readonly groupKey: string;
  /** What is wanted now. */
  spec: CacheGroupSpec;
  /** Node key of each shard's primary, by shard id. */
  readonly primaries: Map<string, string> = new Map();
  /** Ids of the shards whose endpoints are there: they follow every change of roles. */
  readonly serving: Set<string> = new Set();
  /** In cluster mode, until when clients may still be led to nodes that they must not be led to any more. */
  stillLedUntilMs = 0;
  readonly #turn = new Semaphore(1);

  constructor(spec: CacheGroupSpec) {
    this.groupKey = spec.groupKey;
    this.spec = spec;
  }

  /** The shard that the node is in. */
  shardOf(nodeKey: string): CacheShardSpec | undefined {
    return this.spec.shards.find(({ nodes }) => nodes.some((node) => node.nodeKey === nodeKey));
  }

  /** Whether the node serves its shard's writes. */
  isPrimary(nodeKey: string): boolean {
    return [...this.primaries.values()].includes(nodeKey);
  }

  /** Runs `work` alone: roles change one at a time. Never waits for a node's own turn while it has this one. */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#turn.run(() => {
      signal.throwIfAborted();
      return work();
    }, signal);
  }
}

/** The groups of this process. */
export class CacheGroups {
  readonly #groups = new Map<string, CacheGroup>();

  /** The group by its key, made when it is new. */
  claim(spec: CacheGroupSpec): CacheGroup {
    const group = this.#groups.get(spec.groupKey) ?? new CacheGroup(spec);
    this.#groups.set(spec.groupKey, group);
    return group;
  }

  has(groupKey: string): boolean {
    return this.#groups.has(groupKey);
  }

  forget(groupKey: string): void {
    this.#groups.delete(groupKey);
  }

  /** The group that the node is a member of. */
  of(nodeKey: string): CacheGroup | undefined {
    return [...this.#groups.values()].find((group) => group.shardOf(nodeKey) !== undefined);
  }
}
