import type { CacheNodeSpec } from "@fc/elasticache/backend";
import { describe, expect, test } from "vitest";
import { clusterSpec, evenSlots } from "../../test/support/slot-bench.ts";
import { CacheNode } from "../node/cache-node.ts";
import { cacheAnnotations, specText } from "../pod/cache-names.ts";
import { linksEncrypted } from "./links-encrypted.ts";

type Tls = "required" | "preferred" | undefined;

const nodesOf = (tls: Tls): readonly CacheNodeSpec[] =>
  clusterSpec("g", evenSlots(2), 1, tls === undefined ? {} : { access: { tls } }).shards.flatMap(({ nodes }) => nodes);

/** A node that is to have the one kind of encryption and whose Pod has the other. */
function node(index: number, wanted: Tls, running: Tls): CacheNode {
  const [is, was] = [nodesOf(wanted)[index]!, nodesOf(running)[index]!];
  const made = new CacheNode(is);
  made.pod = { metadata: { annotations: { [cacheAnnotations.spec]: specText(was) } } };
  return made;
}

describe("links between the nodes of a cluster", () => {
  const group = { spec: clusterSpec("g", evenSlots(2), 1, { access: { tls: "preferred" } }) };
  const encrypted = (...nodes: CacheNode[]): boolean =>
    linksEncrypted({ nodes: new Map(nodes.map((each) => [each.nodeKey, each])) }, group);

  test.each<[string, [Tls, Tls], [Tls, Tls], boolean]>([
    ["while a Pod is in clear still", ["preferred", undefined], ["preferred", "preferred"], false],
    ["once no Pod is", ["preferred", "preferred"], ["preferred", "preferred"], true],
    ["with both kinds that can", ["required", "preferred"], ["required", "required"], true],
    ["from before the first Pod in clear", [undefined, "preferred"], ["preferred", "preferred"], false],
    ["with none that can", [undefined, undefined], [undefined, undefined], false],
  ])("%s", (_, one, other, expected) => {
    expect(encrypted(node(0, ...one), node(1, ...other))).toBe(expected);
  });

  test("are those of the specification before anything runs", () => {
    expect(encrypted()).toBe(true);
    expect(linksEncrypted({ nodes: new Map() }, { spec: clusterSpec("g", evenSlots(2), 1) })).toBe(false);
  });
});
