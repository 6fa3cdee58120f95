import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { type LocalCluster, startLocalCluster } from "../src/start-local-cluster.ts";
import { allChecks } from "./kubectl-checks/all-checks.ts";
import { openWorld, type World } from "./kubectl-checks/world.ts";
import { findKubectls, type KubectlProgram } from "./kubectls.ts";

/** How kubectl authenticates and which protocol its streams use. */
interface Access {
  readonly context: string;
  readonly protocol: "WebSocket" | "SPDY";
}

const accesses: readonly Access[] = ["local-cluster", "local-cluster-certificate"].flatMap((context) => [
  { context, protocol: "WebSocket" },
  { context, protocol: "SPDY" },
]);
const withoutWebSocket = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: "false", KUBECTL_PORT_FORWARD_WEBSOCKETS: "false" };

// The newest kubectl meets every access; the others share them out among themselves.
const programs = findKubectls();
const newest = programs.at(-1);
const rows: readonly (KubectlProgram & Access & { readonly namespace: string })[] = programs
  .flatMap((program, index) =>
    (program === newest ? accesses : accesses.slice(index % 4, (index % 4) + 1)).map((access) => ({
      ...program,
      ...access,
    })),
  )
  .map((row, index) => ({ ...row, namespace: `checks-${index}` }));

let directory: string;
let cluster: LocalCluster;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fc-kubectl-"));
  cluster = await startLocalCluster({ dataDirectory: join(directory, "data") });
});
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

describe.each(rows)("kubectl $version, $context, $protocol", ({ path, context, protocol, namespace }) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({
      ...{ program: path, kubeconfig: cluster.kubeconfigPath, context, namespace },
      directory: join(directory, namespace),
      env: protocol === "SPDY" ? withoutWebSocket : {},
    });
  });
  test.concurrent.each(allChecks)("$number $title", ({ run }) => run(world));
});
