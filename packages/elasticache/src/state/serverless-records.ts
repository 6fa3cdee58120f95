import type { CacheEngine } from "../backend/backend.ts";
import type { Scope } from "../scope.ts";
import type { StoredBytes } from "./transition-records.ts";

/** What is being done to a serverless cache; stored before it starts, like a cluster's. */
type ServerlessTransition =
  | { readonly kind: "create"; readonly restore?: StoredBytes; readonly restoredFrom?: string }
  /** `pending` of the record becomes what the cache has. */
  | { readonly kind: "modify" }
  | { readonly kind: "delete"; readonly finalSnapshot?: string }
  /** The backend replaces a lost engine; it says when it is back. */
  | { readonly kind: "recover" };

/** `CacheUsageLimits`, as the request had them. */
export interface UsageLimits {
  readonly dataStorageGb?: { readonly maximum?: number; readonly minimum?: number };
  readonly ecpuPerSecond?: { readonly maximum?: number; readonly minimum?: number };
}

/** What decides who a serverless cache's engine is and who may connect to it. */
export interface ServerlessEngine {
  readonly engine: CacheEngine;
  readonly engineVersion: string;
  readonly userGroupId?: string;
  readonly usageLimits?: UsageLimits;
}

/** A serverless cache: one engine behind one address. */
export interface ServerlessCacheRecord extends Scope, ServerlessEngine {
  readonly id: string;
  readonly status: "creating" | "available" | "modifying" | "deleting" | "create-failed";
  readonly transition?: ServerlessTransition;
  /** The backend's name of the node. */
  readonly nodeKey: string;
  readonly description: string;
  /** What a `modify` makes of the cache; an engine that starts meanwhile has it already. */
  readonly pending?: ServerlessEngine;
  readonly kmsKeyId?: string;
  readonly securityGroupIds: readonly string[];
  readonly subnetIds: readonly string[];
  /** Days. 0: no automatic snapshots. */
  readonly snapshotRetentionLimit: number;
  /** `hh:mm`, UTC. */
  readonly dailySnapshotTime?: string;
  readonly lastAutomaticSnapshotAtMs?: number;
  readonly createdAtMs: number;
  /** Set by the first start, kept until the cache is gone. */
  readonly endpoint?: { readonly address: string; readonly port: number };
  /** What runs the node: a Pod's name. */
  readonly instance?: string;
}

export interface ServerlessSnapshotRecord extends Scope {
  readonly id: string;
  /** `creating` is owned by the task that stores the bytes, which every process begins again. */
  readonly status: "creating" | "available" | "create-failed";
  readonly type: "manual" | "automated";
  readonly cacheId: string;
  /** Which cache of that name. */
  readonly nodeKey: string;
  readonly engine: CacheEngine;
  readonly engineVersion: string;
  readonly bytes?: StoredBytes;
  readonly kmsKeyId?: string;
  readonly expiresAtMs?: number;
  readonly createdAtMs: number;
}
