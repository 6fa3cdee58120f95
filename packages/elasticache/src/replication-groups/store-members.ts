import type { Plane } from "../plane.ts";
import type { CacheClusterRecord, ReplicationGroupRecord } from "../state/records.ts";
import { setTags, tagsOf } from "../tags/tag-store.ts";
import { inHand } from "../transitions/group-transitions.ts";
import { membersOf } from "./find-group.ts";

/** Stores the members that come to a group, with its tags, and puts those that go in `deleting`. To be called in a transaction. */
export function storeMembers(
  plane: Plane,
  group: ReplicationGroupRecord,
  { added, removing }: { readonly added: readonly CacheClusterRecord[]; readonly removing: readonly string[] },
): void {
  for (const member of membersOf(plane, group))
    if (removing.includes(member.id)) plane.state.clusters.set(inHand(member, "deleting"));
  const tags = tagsOf(plane.state, group, "replicationgroup", group.id);
  for (const member of added) {
    plane.state.clusters.set(member);
    setTags(plane.state, member, "cluster", member.id, tags);
  }
}
