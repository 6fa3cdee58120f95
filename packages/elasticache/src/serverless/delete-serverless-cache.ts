import { fault } from "../errors.ts";
import type { Operation } from "../operation.ts";
import { filled } from "../requests/identifiers.ts";
import type { ServerlessCacheRecord } from "../state/serverless-records.ts";
import { requireServerlessAvailable, serverlessNamed } from "./find-serverless.ts";
import { planServerlessSnapshot } from "./plan-serverless-snapshot.ts";
import { serverlessView } from "./serverless-view.ts";
import { driveServerless } from "./transitions.ts";

/** AWS DeleteServerlessCache, at any time but while it is being deleted. A final snapshot needs an available cache. */
export const deleteServerlessCache: Operation<"DeleteServerlessCache"> = (plane, input, context) => {
  const cache = serverlessNamed(plane, context, input.ServerlessCacheName);
  const name = filled(input.FinalSnapshotName);
  const snapshot =
    name === undefined ? undefined : planServerlessSnapshot(plane, cache, { name, member: "FinalSnapshotName" });
  if (cache.status === "deleting")
    throw fault("InvalidServerlessCacheStateFault", `Serverless cache ${cache.id} is being deleted already.`);
  if (snapshot !== undefined) requireServerlessAvailable(cache);
  const { pending: _dropped, ...rest } = cache;
  const deleting: ServerlessCacheRecord = {
    ...rest,
    status: "deleting",
    transition: { kind: "delete", ...(snapshot === undefined ? {} : { finalSnapshot: snapshot.id }) },
  };
  plane.state.transaction(() => {
    if (snapshot !== undefined) plane.state.serverlessSnapshots.set(snapshot);
    plane.state.serverlessCaches.set(deleting);
  });
  driveServerless(plane, deleting);
  return { ServerlessCache: serverlessView(deleting) };
};
