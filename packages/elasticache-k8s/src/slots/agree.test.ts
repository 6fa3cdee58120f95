import { expect, test } from "vitest";
import { agree } from "./agree.ts";
import type { ClusterMember } from "./cluster-member.ts";
import { parseClusterNodes } from "./cluster-view.ts";

/** What each shard is to have. Its primary has its id, a replica that with `-r`. */
const shards = [
  { shardId: "a", slots: "10-19", nodes: [] },
  { shardId: "b", slots: "0-9", nodes: [] },
];

/** A member that sees the primaries with these slots. */
function member(id: string, seen: Readonly<Record<string, string>>): ClusterMember {
  const lines = Object.entries(seen).flatMap(([each, slots]) => [
    `${each} h:1@2,n ${each === id ? "myself,master" : "master"} - 0 0 0 connected ${slots}`,
    `${each}-r h:1@2,n ${`${each}-r` === id ? "myself,slave" : "slave"} ${each} 0 0 0 connected`,
  ]);
  const shard = shards.find(({ shardId }) => shardId === id.charAt(0));
  const engine = { pod: {}, engine: "redis" } as const;
  return { nodeKey: id, engine, id, view: parseClusterNodes(lines.join("\n")), ok: true, hostname: "n", shard };
}

const now = { a: "10-19", b: "0-9" };
const membersThat = (replicaSees: Readonly<Record<string, string>>) => [
  member("a", now),
  member("b", now),
  member("a-r", replicaSees),
  member("b-r", now),
];
const agreeing = (members: readonly ClusterMember[]) =>
  agree({ shards }, members, new Map(members.slice(0, 2).map((each) => [each.id, each])));

test("nodes that all see the slots where they are agree", () => {
  expect(agreeing(membersThat(now))).toBe(true);
});

test.each([
  ["as many others that its primary had before", { a: "0-9", b: "10-19" }],
  ["more than its primary has", { a: "10-19,5", b: "0-4,6-9" }],
  ["fewer", { a: "10-18", b: "0-9" }],
])("a replica that sees %s does not agree: it could take over with them", (_what, seen) => {
  expect(agreeing(membersThat(seen))).toBe(false);
});
