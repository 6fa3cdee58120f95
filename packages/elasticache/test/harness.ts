import type { RequestContext } from "@fc/aws";
import { createMemoryRecordStore, ManualClock, type RecordStore } from "@fc/core";
import type { Input, OperationName, Output } from "../src/operation.ts";
import { createHandlers } from "../src/operations.ts";
import { createPlane, type Plane } from "../src/plane.ts";
import type { ElastiCacheSettings } from "../src/settings.ts";
import {
  createMemoryBlobStore,
  createMemoryCacheBackend,
  createMemorySnapshotFiles,
  type MemoryCacheBackend,
  type MemorySnapshotFiles,
} from "../src/testing/index.ts";
import { driveAll } from "../src/transitions/drive-all.ts";
import { watchNodes } from "../src/transitions/node-events.ts";

/** 2026-03-03 is a Tuesday. */
export const start: number = Date.UTC(2026, 2, 3, 12, 0, 0);

export interface Harness {
  readonly plane: Plane;
  readonly backend: MemoryCacheBackend;
  readonly blobs: ReturnType<typeof createMemoryBlobStore>;
  readonly records: RecordStore;
  readonly files: MemorySnapshotFiles;
  readonly clock: ManualClock;
  /** Calls an operation's handler as account 111122223333 in us-east-1, or elsewhere. */
  call<K extends OperationName>(name: K, input: Input<K>, where?: Partial<RequestContext>): Output<K>;
  /** What a process does at its start with what a former one left. */
  recover(): void;
  /** Lets every transition that can end do so. */
  settle(): Promise<void>;
  clusterStatus(id: string): string | undefined;
  groupStatus(id: string): string | undefined;
  eventsOf(id: string): string[];
}

/** The control plane over memory, without the protocol. `previous` gives a second process the first one's records and world. */
export function harness(
  options: {
    readonly previous?: Harness;
    readonly settings?: Partial<ElastiCacheSettings>;
    readonly records?: RecordStore;
  } = {},
): Harness {
  const { previous } = options;
  const clock = previous?.clock ?? new ManualClock(start);
  const blobs = previous?.blobs ?? createMemoryBlobStore();
  const backend = previous?.backend ?? createMemoryCacheBackend({ blobs });
  const files = previous?.files ?? createMemorySnapshotFiles();
  const records = options.records ?? previous?.records ?? createMemoryRecordStore();
  const plane = createPlane({
    backend,
    records,
    blobs,
    files,
    clock,
    ...(options.settings && { settings: options.settings }),
  });
  watchNodes(plane);
  const handlers = createHandlers(plane);
  const call: Harness["call"] = (name, input, where = {}) => {
    const handler = handlers[name] as unknown as (input: unknown, context: RequestContext) => never;
    const needed =
      creations.has(name) && !("SnapshotName" in input) ? { Engine: "redis", CacheNodeType: "cache.t3.micro" } : {};
    return handler({ ...needed, ...input }, { ...caller, ...where });
  };
  return {
    plane,
    backend,
    blobs,
    records,
    files,
    clock,
    call,
    recover: () => driveAll(plane),
    settle: () => clock.advance(0),
    clusterStatus: (id) => plane.state.clusters.get(caller, id)?.status,
    groupStatus: (id) => plane.state.groups.get(caller, id)?.status,
    eventsOf: (id) =>
      plane.events
        .list(caller)
        .filter((event) => event.sourceId === id)
        .map((event) => event.message),
  };
}

/** What the process that comes after the one of `previous` has made of it. */
export async function nextProcess(previous: Harness): Promise<Harness> {
  const next = harness({ previous });
  next.recover();
  await next.settle();
  return next;
}

/** What these need is filled in, so that a test names only what it is about. */
const creations: ReadonlySet<string> = new Set(["CreateCacheCluster", "CreateReplicationGroup"]);

/** Of whom requests are, unless told otherwise. */
export const caller: RequestContext = {
  account: "111122223333",
  region: "us-east-1",
  accessKeyId: "test",
  requestId: "request",
  endpoint: "http://127.0.0.1:4566",
  signal: new AbortController().signal,
};

/** The code of the AwsError that `work` throws: a shape's name. */
export function codeOf(work: () => unknown): string {
  return thrown(work).code;
}

export function thrown(work: () => unknown): { readonly code: string; readonly message: string } {
  try {
    work();
  } catch (error) {
    return error as { code: string; message: string };
  }
  return { code: "nothing was thrown", message: "" };
}
