import type { Operation } from "../operation.ts";
import { filled, required } from "../requests/identifiers.ts";
import { requestTags, setTags } from "../tags/tag-store.ts";
import { requireServerlessAvailable, serverlessNamed } from "./find-serverless.ts";
import { planServerlessSnapshot } from "./plan-serverless-snapshot.ts";
import { serverlessSnapshotView } from "./serverless-view.ts";
import { driveServerlessSnapshot } from "./transitions.ts";

/** AWS CreateServerlessCacheSnapshot: the cache serves on meanwhile and stays `available`. */
export const createServerlessCacheSnapshot: Operation<"CreateServerlessCacheSnapshot"> = (plane, input, context) => {
  const cache = serverlessNamed(plane, context, input.ServerlessCacheName);
  const tags = requestTags(input.Tags);
  const snapshot = planServerlessSnapshot(plane, cache, {
    name: required(input.ServerlessCacheSnapshotName, "ServerlessCacheSnapshotName"),
    kmsKeyId: filled(input.KmsKeyId),
  });
  requireServerlessAvailable(cache);
  plane.state.transaction(() => {
    plane.state.serverlessSnapshots.set(snapshot);
    setTags(plane.state, snapshot, "serverlesssnapshot", snapshot.id, tags);
  });
  driveServerlessSnapshot(plane, cache, snapshot);
  return { ServerlessCacheSnapshot: serverlessSnapshotView(snapshot) };
};
