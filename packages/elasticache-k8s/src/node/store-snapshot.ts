import type { BlobRef } from "@fc/core";
import { type CacheNodeSpec, verifiedRdb } from "@fc/elasticache/backend";
import type { V1Pod } from "@kubernetes/client-node";
import { fetchRdb } from "../rdb/fetch-rdb.ts";
import { paced } from "../rdb/paced.ts";
import type { CacheContext } from "./cache-context.ts";
import { dialEngine } from "./engine-link.ts";

/**
 * Stores the data of the engine in `pod` while it goes on serving. It is work in the background: a process that the engine forked, the
 * engine itself and we would take all the CPU there is, so that clients wait. When we read slowly, the other two have to wait as well.
 */
export function storeSnapshot(
  context: Pick<CacheContext, "blobs" | "client" | "clock" | "secrets" | "snapshotBytesPerSecond" | "snapshots">,
  { pod, engine }: { readonly pod: V1Pod; readonly engine: CacheNodeSpec["engine"] },
  signal: AbortSignal,
): Promise<BlobRef> {
  const { blobs, clock, snapshotBytesPerSecond: bytesPerSecond } = context;
  const podName = pod.metadata?.name ?? "";
  const dial = (each: AbortSignal) => dialEngine(context, pod, engine, each);
  return context.snapshots.run(podName, (hurry) =>
    fetchRdb({ dial, clock, signal }, ({ content, sizeBytes }) => {
      const read = bytesPerSecond === undefined ? content : paced(content, { bytesPerSecond, clock, hurry, signal });
      return blobs.write(verifiedRdb(read, { expectedBytes: sizeBytes }));
    }),
  );
}
