import { deferred } from "@fc/core";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { cacheAnnotations, nodeLabel } from "../pod/cache-names.ts";
import { removeAllNodes } from "./delete-node.ts";

const keys = Array.from({ length: 20 }, (_, index) => `node-${index}`);

test("all nodes go at once: a server that stops has no time for one after the other", async () => {
  const allAsked = deferred<void>();
  const asked = new Set<string>();
  const named = (name: string): V1Pod & V1Service => ({
    metadata: { name, uid: name, annotations: { [cacheAnnotations.nodeKey]: name } },
  });
  const ofSelector = (selector: string) =>
    keys.filter((key) => selector.includes(nodeLabel(key)) || !selector.includes(",fakecloud-cache-node")).map(named);
  const none = () => Promise.resolve([]);
  const client = {
    listServices: (selector: string) => Promise.resolve(ofSelector(selector)),
    listPods: (selector: string) => Promise.resolve(ofSelector(selector)),
    listSecrets: none,
    listPersistentVolumeClaims: none,
    getPod: (name: string) => Promise.resolve(named(name)),
    deletePod: async (name: string) => {
      asked.add(name);
      if (asked.size === keys.length) allAsked.resolve();
      await allAsked.promise;
    },
    waitForPodGone: () => Promise.resolve(),
    deleteSecret: () => Promise.resolve(),
    deleteService: () => Promise.resolve(),
  };
  await removeAllNodes({ client, installation: "i" } as never);
  expect([...asked].toSorted()).toEqual(keys.toSorted());
});
