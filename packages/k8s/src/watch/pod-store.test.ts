import type { V1Pod } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { PodStore } from "./pod-store.ts";

const pod = (name: string, uid: string, resourceVersion: string): V1Pod => ({
  metadata: { name, uid, resourceVersion },
});

function recorded(): { store: PodStore; changes: string[] } {
  const changes: string[] = [];
  const store = new PodStore((type, { metadata }) => changes.push(`${type} ${metadata?.name}/${metadata?.uid}`));
  return { store, changes };
}

test("a list after a gap tells what came, changed and went", () => {
  const { store, changes } = recorded();
  store.replace([pod("a", "1", "1"), pod("b", "2", "1"), pod("c", "3", "1")]);
  changes.length = 0;
  store.replace([pod("a", "1", "1"), pod("b", "2", "2"), pod("d", "4", "3")]);
  expect(changes).toEqual(["deleted c/3", "modified b/2", "added d/4"]);
});

test("a Pod made anew under its name during a gap is another Pod", () => {
  const { store, changes } = recorded();
  store.put(pod("a", "1", "1"));
  store.replace([pod("a", "2", "5")]);
  expect(changes).toEqual(["added a/1", "deleted a/1", "added a/2"]);
});

test("the end of an earlier Pod does not remove its successor", () => {
  const { store, changes } = recorded();
  store.put(pod("a", "2", "5"));
  store.remove(pod("a", "1", "4"));
  expect(store.get("a")?.metadata?.uid).toBe("2");
  expect(changes).toEqual(["added a/2"]);
});
