import { expect, test } from "vitest";
import type { Pod, PodSpec } from "../node/pod-types.ts";
import { misfit, unschedulableMessage } from "./node-fit.ts";
import type { Node } from "./node-types.ts";

function pod(spec: Partial<PodSpec>, requests: Record<string, string> = {}): Pod {
  const containers = [{ name: "main", image: "busybox", resources: { requests } }];
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers, ...spec } };
}

function node(spec: Node["spec"] = {}, labels: Record<string, string> = {}): Node {
  const status = { allocatable: { cpu: "2", memory: "4Gi", pods: "3" }, conditions: [] };
  return { apiVersion: "v1", kind: "Node", metadata: { name: "n", labels }, spec, status };
}

const taint = { key: "k", value: "v", effect: "NoSchedule" };
const affinity = (operator: string, values: string[]): Partial<PodSpec> => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: "zone", operator, values }] }],
      },
    },
  },
});

test.each([
  [
    "a selector",
    pod({ nodeSelector: { zone: "a" } }),
    node({}, { zone: "b" }),
    "node(s) didn't match Pod's node affinity/selector",
  ],
  [
    "affinity",
    pod(affinity("In", ["a"])),
    node({}, { zone: "b" }),
    "node(s) didn't match Pod's node affinity/selector",
  ],
  [
    "a number",
    pod(affinity("Gt", ["5"])),
    node({}, { zone: "5" }),
    "node(s) didn't match Pod's node affinity/selector",
  ],
  [
    "a taint",
    pod({ tolerations: [{ key: "k", value: "other" }] }),
    node({ taints: [taint] }),
    "node(s) had untolerated taint(s)",
  ],
  ["a cordon", pod({}), node({ unschedulable: true }), "node(s) were unschedulable"],
  ["a cpu", pod({}, { cpu: "2001m" }), node(), "Insufficient cpu"],
  ["what nobody offers", pod({}, { "example.com/gpu": "1" }), node(), "Insufficient example.com/gpu"],
])("a node is refused for %s", (_, onePod, oneNode, reason) => {
  expect(misfit(onePod, oneNode, {})?.reasons).toEqual([reason]);
});

test.each([
  ["its labels match", pod({ nodeSelector: { zone: "a" }, ...affinity("NotIn", ["b"]) }), node({}, { zone: "a" })],
  [
    "a toleration of everything",
    pod({ tolerations: [{ operator: "Exists" }] }),
    node({ taints: [taint], unschedulable: true }),
  ],
  [
    "an equal toleration",
    pod({ tolerations: [{ key: "k", value: "v", effect: "NoSchedule" }] }),
    node({ taints: [taint] }),
  ],
  ["a taint that only prefers", pod({}), node({ taints: [{ ...taint, effect: "PreferNoSchedule" }] })],
  ["exactly enough", pod({}, { cpu: "300m", memory: "4Gi" }), node()],
])("a node is taken for %s", (_, onePod, oneNode) => {
  expect(misfit(onePod, oneNode, { cpu: 0.1 + 0.2 + 1.4, pods: 2 })).toBeUndefined();
});

test("the message counts the reasons of all nodes and says whether preemption could help", () => {
  const big = misfit(pod({}, { cpu: "3", memory: "8Gi" }), node(), {});
  const crowded = misfit(pod({}, { cpu: "2" }), node(), { cpu: 1, pods: 3 });
  expect(unschedulableMessage([big, crowded].filter((one) => one !== undefined))).toBe(
    "0/2 nodes are available: 1 Insufficient memory, 1 Too many pods, 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.",
  );
  expect(unschedulableMessage([])).toBe("no nodes available to schedule pods");
});
