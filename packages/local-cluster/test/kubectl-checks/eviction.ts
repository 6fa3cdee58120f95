import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { type Check, pod, type World } from "./world.ts";

/** Starts Pods that a selector `group=<group>` finds. */
async function startGroup({ kubectl }: World, group: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const manifest = pod(name, "exec sleep 1000").replace('"labels":{', `"labels":{"group":"${group}",`);
    await kubectl.ok(["apply", "-f", "-"], manifest);
  }
  const pods = names.map((name) => `pod/${name}`);
  await kubectl.ok(["wait", "--for=condition=Ready", ...pods, "--timeout=40s"]);
}

async function budget({ kubectl }: World, name: string, group: string, ...bounds: string[]): Promise<void> {
  await kubectl.ok(["create", "poddisruptionbudget", name, `--selector=group=${group}`, ...bounds]);
  await kubectl.ok(["wait", `pdb/${name}`, "--for=jsonpath={.status.observedGeneration}=1", "--timeout=20s"]);
}

/** The arguments of a request to evict a Pod. */
async function evict({ namespace, directory }: World, name: string, query = ""): Promise<readonly string[]> {
  const file = join(directory, `evict-${name}.json`);
  await writeFile(file, JSON.stringify({ apiVersion: "policy/v1", kind: "Eviction", metadata: { name } }));
  return ["create", "--raw", `/api/v1/namespaces/${namespace}/pods/${name}/eviction${query}`, "-f", file];
}

const refusal =
  "Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.";

/** Checks of evictions and of the budgets that they have to keep. */
export const eviction: readonly Check[] = [
  {
    title: "an eviction keeps to the budget, and lets the Pod end by itself",
    run: async (world) => {
      const { kubectl } = world;
      await startGroup(world, "kept", ["kept-a", "kept-b"]);
      await budget(world, "kept", "kept", "--min-available=1");
      expect(await kubectl.ok(["get", "pdb", "kept"])).toMatch(/^kept +1 +N\/A +1 +\d+s$/m);
      expect(await kubectl.ok(await evict(world, "kept-a", "?dryRun=All"))).toContain('"status":"Success"');
      await kubectl.ok(await evict(world, "kept-a"));
      await kubectl.ok(["wait", "--for=delete", "pod/kept-a", "--timeout=40s"]);
      await kubectl.ok(["wait", "pdb/kept", "--for=jsonpath={.status.currentHealthy}=1", "--timeout=20s"]);
      expect(await kubectl.refused(await evict(world, "kept-b"))).toContain(refusal);
      expect(await kubectl.refused(await evict(world, "kept-b", "?dryRun=All"))).toContain(refusal);
      const status =
        "{.status.conditions[0].reason} {.status.desiredHealthy} {.status.expectedPods} {.status.disruptionsAllowed}";
      expect(await kubectl.ok(["get", "pdb", "kept", "-o", `jsonpath=${status}`])).toBe("InsufficientPods 1 1 0");
    },
  },
  {
    title: "an evicted Pod says so while it ends",
    run: async (world) => {
      const { kubectl } = world;
      const manifest = pod("ending", "trap '' TERM; sleep 1000").replace('PeriodSeconds":1', 'PeriodSeconds":20');
      await kubectl.ok(["apply", "-f", "-"], manifest);
      await kubectl.ok(["wait", "--for=condition=Ready", "pod/ending", "--timeout=40s"]);
      await kubectl.ok(await evict(world, "ending"));
      const told = '{.metadata.deletionGracePeriodSeconds} {.status.conditions[?(@.type=="DisruptionTarget")].message}';
      expect(await kubectl.ok(["get", "pod", "ending", "-o", `jsonpath=${told}`])).toBe("20 Eviction API: evicting");
      await kubectl.ok(["delete", "pod", "ending", "--force", "--grace-period=0"]);
    },
  },
  {
    title: "a share of Pods without a controller allows nothing",
    run: async (world) => {
      await startGroup(world, "share", ["share-a"]);
      await budget(world, "share", "share", "--max-unavailable=1");
      expect(await world.kubectl.refused(await evict(world, "share-a"))).toContain(refusal);
    },
  },
  {
    title: "two budgets for a Pod are one too many",
    run: async (world) => {
      await startGroup(world, "twice", ["twice-a"]);
      for (const name of ["one", "two"]) await budget(world, `twice-${name}`, "twice", "--min-available=0");
      expect(await world.kubectl.refused(await evict(world, "twice-a"))).toContain(
        "Error from server: This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
      );
    },
  },
  {
    title: "a budget is a least or a most, not both",
    run: async ({ kubectl }) => {
      const spec = { minAvailable: 1, maxUnavailable: 1, selector: { matchLabels: { a: "b" } } };
      const manifest = { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "both" }, spec };
      expect(await kubectl.refused(["apply", "-f", "-"], JSON.stringify(manifest))).toContain(
        'The PodDisruptionBudget "both" is invalid: spec: Invalid value: {"MinAvailable":1,"Selector":{"matchLabels":{"a":"b"}},"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
      );
    },
  },
];
