import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalCluster, startLocalCluster } from "../src/start-local-cluster.ts";
import type { Kubectl } from "./kubectl.ts";
import { openWorld, pod } from "./kubectl-checks/world.ts";
import { newestKubectl } from "./kubectls.ts";

const program = newestKubectl()?.path;

// A cluster of its own: a drained node takes no Pods of other tests.
describe.skipIf(program === undefined)("kubectl and nodes", () => {
  let directory: string;
  let cluster: LocalCluster;
  let kubectl: Kubectl;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "fc-drain-"));
    cluster = await startLocalCluster({ dataDirectory: join(directory, "data"), nodes: 2 });
    const options = { program: program ?? "", kubeconfig: cluster.kubeconfigPath, namespace: "drain" };
    ({ kubectl } = await openWorld({ ...options, directory: join(directory, "drain") }));
  });
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  const start = async (name: string): Promise<string> => {
    await kubectl.ok(["apply", "-f", "-"], pod(name, "exec sleep 1000"));
    await kubectl.ok(["wait", "--for=condition=Ready", `pod/${name}`, "--timeout=20s"]);
    return kubectl.ok(["get", "pod", name, "-o", "jsonpath={.spec.nodeName}"]);
  };

  test("drain evicts within the budgets, retries, and leaves a cordoned node", async () => {
    const node = await start("guarded");
    await kubectl.ok(["create", "pdb", "guard", "--selector=app=guarded", "--min-available=1"]);
    const unforced = await kubectl.refused(["drain", node, "--pod-selector=app=guarded"]);
    expect(unforced).toContain(
      "cannot delete Pods that declare no controller (use --force to override): drain/guarded",
    );
    const drain = kubectl.start(["drain", node, "--force", "--pod-selector=app=guarded"]);
    for await (const line of createInterface(drain.stderr)) {
      if (!line.includes("will retry after 5s")) continue;
      expect(line).toContain("Cannot evict pod as it would violate the pod's disruption budget.");
      break;
    }
    await kubectl.ok(["delete", "pdb", "guard"]);
    const lines = [];
    for await (const line of createInterface(drain.stdout)) lines.push(line);
    expect(lines.slice(-2)).toEqual(["pod/guarded evicted", `node/${node} drained`]);
    expect(await kubectl.ok(["get", "node", node])).toMatch(/ Ready,SchedulingDisabled /);
    expect(await start("elsewhere")).not.toBe(node);
    expect(await kubectl.ok(["uncordon", node])).toBe(`node/${node} uncordoned\n`);
    expect(await kubectl.ok(["get", "node", node])).toMatch(/ Ready /);
  });

  test("taint puts a taint on, and takes it off", async () => {
    const [node = ""] = (await kubectl.ok(["get", "nodes", "-o", "jsonpath={.items[*].metadata.name}"])).split(" ");
    expect(await kubectl.ok(["taint", "node", node, "gpu=yes:NoSchedule"])).toBe(`node/${node} tainted\n`);
    expect(await kubectl.refused(["taint", "node", node, "gpu=no:NoSchedule"])).toContain("already has gpu taint(s)");
    expect(await kubectl.ok(["describe", "node", node])).toMatch(/Taints: +gpu=yes:NoSchedule/);
    expect(await start("untainted")).not.toBe(node);
    expect(await kubectl.ok(["taint", "node", node, "gpu-"])).toBe(`node/${node} untainted\n`);
  });

  test("top says that there are no metrics", async () => {
    for (const what of ["pods", "nodes"])
      expect(await kubectl.refused(["top", what])).toBe("error: Metrics API not available\n");
  });
});
