import { ManualClock } from "@fc/core";
import { describe, expect, test } from "vitest";
import type { KubeObject } from "./kube-object.ts";
import { createObjectStore, type ObjectStore } from "./object-store.ts";
import type { StoreEvent } from "./watch-history.ts";

const names = [
  { plural: "pods", group: "", kind: "Pod" },
  { plural: "leases", group: "coordination.k8s.io", kind: "Lease" },
];

function newStore(historyLimit = 100): ObjectStore {
  return createObjectStore({ resources: names, clock: new ManualClock(1_700_000_000_000), historyLimit });
}

function pod(name: string, extra: Record<string, unknown> = {}): KubeObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "default" }, ...extra };
}

describe("the object store", () => {
  test("gives a new object an identity, and versions that start at the boot time", () => {
    const made = newStore().create("pods", pod("a"));
    expect(made.metadata).toMatchObject({
      resourceVersion: "1700000000001",
      creationTimestamp: "2023-11-14T22:13:20Z",
    });
    expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("refuses a second object of the same name with AlreadyExists", () => {
    const store = newStore();
    store.create("pods", pod("a"));
    expect(() => store.create("pods", pod("a"))).toThrow('pods "a" already exists');
  });

  test("refuses an update of an old version, and names the group of the resource", () => {
    const store = newStore();
    const first = store.create("leases", { ...pod("l"), kind: "Lease" });
    store.update("leases", { ...first, spec: { holderIdentity: "x" } });
    expect(() => store.update("leases", { ...first, spec: {} })).toThrow(
      'Operation cannot be fulfilled on leases.coordination.k8s.io "l": the object has been modified',
    );
  });

  test("does not write an update that changes nothing", () => {
    const store = newStore();
    const made = store.create("pods", pod("a", { spec: { x: 1 } }));
    expect(store.update("pods", made).metadata.resourceVersion).toBe(made.metadata.resourceVersion);
  });

  test("keeps the status in an update, and everything but the status in a status update", () => {
    const store = newStore();
    const made = store.create("pods", pod("a", { spec: { x: 1 }, status: { phase: "Pending" } }));
    expect(store.update("pods", { ...made, spec: { x: 2 }, status: { phase: "No" } })["status"]).toEqual({
      phase: "Pending",
    });
    const current = store.get("pods", "default", "a")!;
    const next = store.updateStatus("pods", { ...current, spec: { x: 3 }, status: { phase: "Running" } });
    expect(next).toMatchObject({ spec: { x: 2 }, status: { phase: "Running" } });
  });

  test("hands out copies: changing one does not change what is stored", () => {
    const store = newStore();
    store.create("pods", pod("a", { spec: { list: [1] } }));
    (store.get("pods", "default", "a")!["spec"] as { list: number[] }).list.push(2);
    expect(store.get("pods", "default", "a")).toMatchObject({ spec: { list: [1] } });
  });

  test("delivers changes that a listener makes after the change that it hears of", () => {
    const store = newStore();
    const heard: string[] = [];
    store.watch("pods", ({ type, object }) => {
      if (type === "ADDED")
        store.modify("pods", "default", object.metadata.name, (draft) => Object.assign(draft, { status: {} }));
    });
    store.watch("pods", ({ type }) => heard.push(type));
    store.create("pods", pod("a"));
    expect(heard).toEqual(["ADDED", "MODIFIED"]);
  });

  test("a listener that throws does not keep the event from the others", () => {
    const store = newStore();
    const heard: StoreEvent[] = [];
    store.watch("pods", () => {
      throw new Error("broken");
    });
    store.watch("pods", (event) => heard.push(event));
    store.create("pods", pod("a"));
    expect(heard).toHaveLength(1);
  });

  test("a watch resumes from a version that is still known, and not from an older or another boot's", () => {
    const store = newStore(2);
    const boot = store.resourceVersion;
    const first = Number(store.create("pods", pod("a")).metadata.resourceVersion);
    store.create("pods", pod("b"));
    expect(store.eventsSince("pods", first)?.map(({ object }) => object.metadata.name)).toEqual(["b"]);
    for (const name of ["c", "d", "e"]) store.create("pods", pod(name));
    expect(store.eventsSince("pods", boot)).toBeUndefined();
    expect(store.eventsSince("pods", boot - 5)).toBeUndefined();
    expect(store.eventsSince("pods", store.resourceVersion + 1)).toBeUndefined();
  });

  test("a removal with another uid removes nothing", () => {
    const store = newStore();
    store.create("pods", pod("a"));
    expect(store.remove("pods", "default", "a", { uid: "other" })).toBeUndefined();
    expect(store.get("pods", "default", "a")).toBeDefined();
  });
});
