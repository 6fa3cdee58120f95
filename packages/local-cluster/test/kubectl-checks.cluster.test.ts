import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { access } from "./kubectl-checks/access.ts";
import { admission } from "./kubectl-checks/admission.ts";
import { allChecks } from "./kubectl-checks/all-checks.ts";
import { applying } from "./kubectl-checks/applying.ts";
import { eviction } from "./kubectl-checks/eviction.ts";
import { openWorld, type World } from "./kubectl-checks/world.ts";
import { findKubectls } from "./kubectls.ts";

// That they pass here is what makes the checks right: the embedded cluster is held against a real one, not against itself.
// By the newest kubectl: what older ones say to the embedded cluster is compared with the same checks.
const newest = findKubectls().slice(-1);

describe.each(newest)("kubectl $version against the real cluster", ({ path }) => {
  const namespace = `checks-${process.pid}`;
  let directory: string;
  let world: World;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "fc-kubectl-"));
    const kubeconfig = process.env["KUBECONFIG"] ?? "";
    world = await openWorld({ program: path, kubeconfig, namespace, directory: join(directory, namespace) });
  });
  // Checks name their own namespaces after this one.
  afterAll(async () => {
    const all = (await world.kubectl.ok(["get", "namespaces", "-o", "name"])).split("\n");
    const ours = all.filter((name) => name.startsWith(`namespace/${namespace}`));
    await world.kubectl.ok(["delete", ...ours, "--wait=false"]);
    await rm(directory, { recursive: true });
  });
  test.concurrent.each(allChecks)("$number $title", ({ run }) => run(world));
  test.concurrent.each([...access, ...admission, ...applying, ...eviction])("$title", ({ run }) => run(world));
});
