import type { RequestContext } from "@fc/aws";
import {
  clusterNotFound,
  fault,
  groupNotFound,
  parameterGroupNotFound,
  serverlessCacheNotFound,
  serverlessSnapshotNotFound,
  snapshotNotFound,
  subnetGroupNotFound,
  userGroupNotFound,
  userNotFound,
} from "../errors.ts";
import type { Operation, Output } from "../operation.ts";
import { findParameterGroup } from "../parameter-groups/values.ts";
import type { Plane } from "../plane.ts";
import { memberIdsOf } from "../replication-groups/find-group.ts";
import { required } from "../requests/identifiers.ts";
import { parseArn, type ResourceKind, resourceKinds, type Scope } from "../scope.ts";
import { findSubnetGroup } from "../subnet-groups/find-subnet-group.ts";
import { findUser } from "../users/find-user.ts";
import { mergeTags, requestTags, setTags, tagsOf } from "./tag-store.ts";

interface Tagged {
  readonly scope: Scope;
  readonly kind: ResourceKind;
  readonly id: string;
}

/** AWS AddTagsToResource. Tags of a replication group are those of its members too. */
export const addTagsToResource: Operation<"AddTagsToResource"> = (plane, input, context) => {
  const resource = resourceNamed(plane, input.ResourceName, context);
  const added = requestTags(input.Tags);
  const changes = withMembers(plane, resource).map((one) => ({
    one,
    tags: mergeTags(tagsOf(plane.state, one.scope, one.kind, one.id), added),
  }));
  plane.state.transaction(() => {
    for (const { one, tags } of changes) setTags(plane.state, one.scope, one.kind, one.id, tags);
  });
  return view(plane, resource);
};

/** AWS RemoveTagsFromResource. Keys that are not there are fine. */
export const removeTagsFromResource: Operation<"RemoveTagsFromResource"> = (plane, input, context) => {
  const resource = resourceNamed(plane, input.ResourceName, context);
  const keys = new Set(input.TagKeys ?? []);
  plane.state.transaction(() => {
    for (const one of withMembers(plane, resource)) {
      const kept = tagsOf(plane.state, one.scope, one.kind, one.id).filter(({ key }) => !keys.has(key));
      setTags(plane.state, one.scope, one.kind, one.id, kept);
    }
  });
  return view(plane, resource);
};

/** AWS ListTagsForResource. */
export const listTagsForResource: Operation<"ListTagsForResource"> = (plane, input, context) =>
  view(plane, resourceNamed(plane, input.ResourceName, context));

function resourceNamed(plane: Plane, arn: string | undefined, context: RequestContext): Tagged {
  const given = required(arn, "ResourceName");
  const parsed = parseArn(given);
  const kind = resourceKinds.find((known) => known === parsed?.kind);
  if (
    parsed === undefined ||
    kind === undefined ||
    parsed.account !== context.account ||
    parsed.region !== context.region
  )
    throw fault(
      "InvalidARNFault",
      `The ARN ${given} is not valid: it must name a resource of this account and region.`,
    );
  const { id } = parsed;
  const scope: Scope = { account: parsed.account, region: parsed.region };
  const { state } = plane;
  const lookups: Record<ResourceKind, () => boolean> = {
    cluster: () => state.clusters.get(scope, id) !== undefined,
    replicationgroup: () => state.groups.get(scope, id) !== undefined,
    serverlesscache: () => state.serverlessCaches.get(scope, id) !== undefined,
    serverlesssnapshot: () => state.serverlessSnapshots.get(scope, id) !== undefined,
    snapshot: () => state.snapshots.get(scope, id) !== undefined,
    parametergroup: () => findParameterGroup(state, scope, id) !== undefined,
    subnetgroup: () => findSubnetGroup(plane, scope, id) !== undefined,
    user: () => findUser(state, scope, id) !== undefined,
    usergroup: () => state.userGroups.get(scope, id) !== undefined,
  };
  if (!lookups[kind]()) throw notFound[kind](id);
  return { scope, kind, id };
}

const notFound: Readonly<Record<ResourceKind, (id: string) => Error>> = {
  cluster: clusterNotFound,
  replicationgroup: groupNotFound,
  serverlesscache: serverlessCacheNotFound,
  serverlesssnapshot: serverlessSnapshotNotFound,
  snapshot: snapshotNotFound,
  parametergroup: parameterGroupNotFound,
  subnetgroup: subnetGroupNotFound,
  user: userNotFound,
  usergroup: userGroupNotFound,
};

function withMembers(plane: Plane, resource: Tagged): Tagged[] {
  const group = resource.kind === "replicationgroup" ? plane.state.groups.get(resource.scope, resource.id) : undefined;
  if (group === undefined) return [resource];
  return [resource, ...memberIdsOf(group).map((id): Tagged => ({ scope: resource.scope, kind: "cluster", id }))];
}

function view(plane: Plane, { scope, kind, id }: Tagged): Output<"ListTagsForResource"> {
  return { TagList: tagsOf(plane.state, scope, kind, id).map(({ key, value }) => ({ Key: key, Value: value })) };
}
