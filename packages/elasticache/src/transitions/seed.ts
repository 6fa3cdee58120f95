import type { Plane } from "../plane.ts";
import { verifiedRdb } from "../rdb/rdb-verifier.ts";
import { parseObjectArn } from "../snapshots/snapshot-arns.ts";
import type { StoredBytes } from "../state/transition-records.ts";
import { type BackendWork, callBackend } from "./backend-call.ts";

/**
 * Brings the RDB file that a creation is seeded from into the blob store, and has it named by `record`. A file that is not a whole
 * RDB is refused; where it lies it is only ever read.
 */
export async function importSeed(
  plane: Plane,
  from: { readonly region: string; readonly arn: string; readonly signal: AbortSignal },
  record: (bytes: StoredBytes) => void,
): Promise<StoredBytes> {
  const { region, arn, signal } = from;
  const object = parseObjectArn(arn);
  const { files, blobs } = plane;
  if (files === undefined || object === undefined) throw new Error(`it is not known how to read ${arn}`);
  const call = { what: `reading ${arn}`, timeoutSeconds: plane.settings.createTimeoutSeconds, signal };
  const read: BackendWork<StoredBytes> = async ({ signal: within }) => {
    const content = await files.open({ region, ...object }, { signal: within });
    return await blobs.write(verifiedRdb(content));
  };
  return await plane.bytes.write(async () => {
    try {
      return await callBackend(plane, call, read);
    } catch (error) {
      signal.throwIfAborted();
      throw new Error(`${arn} could not be used: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }, record);
}
