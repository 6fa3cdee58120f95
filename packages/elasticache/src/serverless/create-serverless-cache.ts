import { fault } from "../errors.ts";
import type { Operation } from "../operation.ts";
import { identifier } from "../requests/identifiers.ts";
import { requestTags, setTags } from "../tags/tag-store.ts";
import { planServerless } from "./plan-serverless.ts";
import { serverlessView } from "./serverless-view.ts";
import { driveServerless } from "./transitions.ts";

/** AWS's limits: of a name, and of caches in a region. */
const maxNameLength = 40;
const maxCaches = 40;

/** AWS CreateServerlessCache. */
export const createServerlessCache: Operation<"CreateServerlessCache"> = (plane, input, context) => {
  const id = identifier(input.ServerlessCacheName, "ServerlessCacheName", maxNameLength);
  const tags = requestTags(input.Tags);
  const cache = planServerless(plane, context, input, id);
  const { serverlessCaches } = plane.state;
  if (serverlessCaches.get(context, id) !== undefined)
    throw fault("ServerlessCacheAlreadyExistsFault", `ServerlessCache ${id} already exists.`);
  if (serverlessCaches.list(context).length >= maxCaches)
    throw fault(
      "ServerlessCacheQuotaForCustomerExceededFault",
      `The quota of ${maxCaches} serverless caches in ${context.region} is used up.`,
    );
  plane.state.transaction(() => {
    serverlessCaches.set(cache);
    setTags(plane.state, cache, "serverlesscache", id, tags);
  });
  driveServerless(plane, cache);
  return { ServerlessCache: serverlessView(cache) };
};
