import { expect, test } from "vitest";
import type { ClusterMember } from "./cluster-member.ts";
import { parseClusterNodes } from "./cluster-view.ts";
import { slotPlan } from "./slot-plan.ts";

function member(id: string, wanted: string | undefined, owns: Readonly<Record<string, string>>): ClusterMember {
  const lines = Object.entries({ [id]: "", ...owns }).map(
    ([each, slots]) => `${each} h:1@2,n ${each === id ? "myself,master" : "master"} - 0 0 0 connected ${slots}`,
  );
  const shard = wanted === undefined ? undefined : { shardId: id, slots: wanted, nodes: [] };
  const engine = { pod: {}, engine: "redis" } as const;
  return { nodeKey: id, engine, id, view: parseClusterNodes(lines.join("\n")), ok: true, hostname: "n", shard };
}

const planOf = (primaries: readonly ClusterMember[], others: readonly ClusterMember[] = []) => {
  const { free, moves } = slotPlan(new Map(primaries.map((each) => [each.id, each])), [...primaries, ...others]);
  return {
    free: [...free].map(([{ id }, ranges]) => [id, ranges]),
    moves: moves.map(({ from, to, slots }) => `${from.id}>${to.id} ${slots.join()}`),
  };
};

test("a new cluster takes its slots; one that is so has nothing to do", () => {
  expect(planOf([member("a", "0-2", {}), member("b", "3,5-6", {})])).toEqual({
    free: [
      ["a", [[0, 2]]],
      [
        "b",
        [
          [3, 3],
          [5, 6],
        ],
      ],
    ],
    moves: [],
  });
  expect(planOf([member("a", "0-2", { a: "0-2" })])).toEqual({ free: [], moves: [] });
});

test("slots move from whoever has them, from nodes that are no members any more, too", () => {
  const owns = { a: "0-3", c: "4" };
  const plan = planOf([member("a", "0-1", owns), member("b", "2-4", owns)], [member("c", undefined, owns)]);
  expect(plan).toEqual({ free: [], moves: ["a>b 2,3", "c>b 4"] });
});

test("a slot that both say is theirs is half moved; one of a node that does not answer is left", () => {
  expect(planOf([member("a", "0", { a: "0-1" }), member("b", "1", { b: "1" })]).moves).toEqual(["a>b 1"]);
  expect(planOf([member("a", "0-1", { a: "0", gone: "1" })])).toEqual({ free: [], moves: [] });
});
