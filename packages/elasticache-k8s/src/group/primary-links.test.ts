import { silentLogger, systemClock } from "@fc/core";
import type { CacheNodeSpec } from "@fc/elasticache/backend";
import type { V1Pod } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import type { CacheContext } from "../node/cache-context.ts";
import { CacheNode } from "../node/cache-node.ts";
import { cacheAnnotations } from "../pod/cache-names.ts";
import { CacheGroup } from "./cache-group.ts";
import { PrimaryLinks } from "./primary-links.ts";

const specs = ["a", "b"].map((nodeKey) => ({ nodeKey, resourceId: "g", engine: "redis", port: 7001 }) as CacheNodeSpec);
const podOf = (uid: string): V1Pod => ({
  metadata: { uid, name: uid, annotations: { [cacheAnnotations.spec]: JSON.stringify(specs[0]) } },
});

/** Links to one primary, whose engine refuses connections; `onDial` sees each try. Gives the Pods that are found lost. */
function openLinks(onDial: (pod: V1Pod, node: CacheNode) => void): {
  links: PrimaryLinks;
  lost: (string | undefined)[];
} {
  const node = new CacheNode(specs[0]!);
  node.pod = podOf("first");
  const group = new CacheGroup({
    groupKey: "g",
    groupId: "g",
    automaticFailover: true,
    shards: [{ shardId: "0001", nodes: specs }],
  });
  group.primaries.set("0001", "a");
  const dial = (pod: V1Pod): Promise<never> => {
    onDial(pod, node);
    return Promise.reject(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }));
  };
  const context = {
    client: { dial },
    nodes: new Map([["a", node]]),
    groups: { of: () => group },
    clock: { ...systemClock, sleep: () => Promise.resolve() },
    logger: silentLogger,
  } as unknown as CacheContext;
  const lost: (string | undefined)[] = [];
  const links = new PrimaryLinks(context, (_node, pod) => lost.push(pod.metadata?.uid));
  return { links, lost };
}

test("a primary whose engine refuses connections is lost", async () => {
  const { links, lost } = openLinks(() => undefined);
  links.update();
  await expect.poll(() => lost).toEqual(["first"]);
  links.close();
});

test("an engine that ends once its node has another Pod is no loss; the link goes to that Pod", async () => {
  const { links, lost } = openLinks((_pod, node) => {
    node.pod = podOf("second");
  });
  links.update();
  await expect.poll(() => lost).toEqual(["second"]);
  links.close();
});
