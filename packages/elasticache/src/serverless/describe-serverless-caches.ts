import type { Operation } from "../operation.ts";
import { lookup } from "../requests/identifiers.ts";
import { page } from "../requests/paging.ts";
import { serverlessNamed } from "./find-serverless.ts";
import { serverlessView } from "./serverless-view.ts";

/** How many a page has. */
export const serverlessPages: { readonly member: string; readonly min: number; readonly max: number } = {
  member: "MaxResults",
  min: 1,
  max: 50,
};

/** AWS DescribeServerlessCaches, in the order of names. */
export const describeServerlessCaches: Operation<"DescribeServerlessCaches"> = (plane, input, context) => {
  const name = lookup(input.ServerlessCacheName);
  if (name !== undefined) return { ServerlessCaches: [serverlessView(serverlessNamed(plane, context, name))] };
  const asked = { MaxRecords: input.MaxResults, Marker: input.NextToken };
  const all = plane.state.serverlessCaches.list(context);
  const { items, marker } = page(all, (cache) => cache.id, asked, serverlessPages);
  return { ServerlessCaches: items.map(serverlessView), NextToken: marker };
};
