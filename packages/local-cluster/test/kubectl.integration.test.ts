import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalCluster, startLocalCluster } from "../src/start-local-cluster.ts";
import type { Kubectl } from "./kubectl.ts";
import { access } from "./kubectl-checks/access.ts";
import { admission } from "./kubectl-checks/admission.ts";
import { applying } from "./kubectl-checks/applying.ts";
import { eviction } from "./kubectl-checks/eviction.ts";
import { openWorld, type World } from "./kubectl-checks/world.ts";
import { newestKubectl } from "./kubectls.ts";

const program = newestKubectl()?.path;

// What the 42 checks leave out.
describe.skipIf(program === undefined)("kubectl", () => {
  let directory: string;
  let cluster: LocalCluster;
  let world: World;
  let kubectl: Kubectl;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "fc-kubectl-"));
    cluster = await startLocalCluster({ dataDirectory: join(directory, "data") });
    const kubeconfig = cluster.kubeconfigPath;
    const options = { program: program ?? "", kubeconfig, namespace: "more", directory: join(directory, "more") };
    world = await openWorld(options);
    ({ kubectl } = world);
  });
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  // The same pass against a real cluster (kubectl-checks.cluster.test.ts).
  test.concurrent.each([...access, ...admission, ...applying, ...eviction])("$title", ({ run }) => run(world));

  test("knows who asks", async () => {
    expect(await kubectl.ok(["auth", "whoami"])).toMatch(/local-admin[\s\S]*system:masters/);
    const asOther = ["--context=local-cluster-certificate", "auth", "whoami"];
    expect(await kubectl.ok(asOther)).toMatch(/local-admin[\s\S]*system:masters/);
  });

  test("gets all of all namespaces", async () => {
    expect(await kubectl.ok(["get", "all", "-A"])).toMatch(/^more +pod\/web /m);
  });

  test("may change no more of a Pod than a real one lets it", async () => {
    const said = await kubectl.refused(["patch", "pod", "web", "-p", '{"spec":{"restartPolicy":"Always"}}']);
    expect(said).toContain("pod updates may not change fields other than");
    const image = '{"spec":{"containers":[{"name":"main","image":"busybox"}]}}';
    expect(await kubectl.ok(["patch", "pod", "web", "--dry-run=server", "-p", image])).toContain("patched");
  });

  test("runs a Pod with stdin and removes it", async () => {
    const args = ["run", "once", "-i", "--rm", "--quiet", "--restart=Never", "--image=busybox:1.36", "--", "cat"];
    expect(await kubectl.ok(args, "attached\n")).toContain("attached");
    expect(await kubectl.refused(["get", "pod", "once"])).toContain("NotFound");
  });
});
