import type { CacheNodeSpec } from "@fc/elasticache/backend";
import type { OwnedObject } from "@fc/k8s";
import { expect, test } from "vitest";
import { CacheNode } from "./cache-node.ts";
import { wantsNodeObject } from "./desired-objects.ts";

const object = (kind: OwnedObject["kind"], nodeKey: string, uid: string): OwnedObject => ({
  kind,
  metadata: {
    uid,
    labels: { "fakecloud-elasticache": "x" },
    annotations: { "fakecloud-cache-node-key": nodeKey },
  },
});
function nodeOf(nodeKey: string, uid?: string): CacheNode {
  const node = new CacheNode({ nodeKey } as CacheNodeSpec);
  if (uid !== undefined) node.pod = { metadata: { uid } };
  return node;
}

test("a node that nobody has asked for yet is kept as long as the service knows it", () => {
  const desired = { nodes: new Map(), isKnown: (key: string) => key === "known" };
  expect(wantsNodeObject(object("Pod", "known", "1"), desired)).toBe(true);
  expect(wantsNodeObject(object("Service", "known", "1"), desired)).toBe(true);
  expect(wantsNodeObject(object("Pod", "forgotten", "1"), desired)).toBe(false);
  expect(wantsNodeObject(object("Service", "forgotten", "1"), desired)).toBe(false);
});

test("of a node that runs only the current Pod is kept, and everything while it is being worked on", async () => {
  const node = nodeOf("n", "current");
  const desired = { nodes: new Map([["n", node]]), isKnown: () => true };
  const wants = (uid: string): boolean => wantsNodeObject(object("Pod", "n", uid), desired);
  expect([wants("current"), wants("stray")]).toEqual([true, false]);
  expect(wantsNodeObject(object("Service", "n", "s"), desired)).toBe(true);
  await node.run(async () => expect([wants("current"), wants("stray")]).toEqual([true, true]));
  expect(wants("stray")).toBe(false);
});

test("a node that does not serve yet keeps all its Pods, and what is not of a node is none of ours", () => {
  const desired = { nodes: new Map([["n", nodeOf("n")]]), isKnown: () => false };
  expect(wantsNodeObject(object("Pod", "n", "1"), desired)).toBe(true);
  expect(wantsNodeObject({ kind: "Secret", metadata: { name: "ca" } }, desired)).toBe(true);
});
