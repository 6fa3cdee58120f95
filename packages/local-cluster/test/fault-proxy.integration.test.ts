import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FaultProxy } from "@fc/k8s/testing";
import { afterAll, beforeAll, describe, test } from "vitest";
import { type LocalCluster, startLocalCluster } from "../src/start-local-cluster.ts";
import { allChecks } from "./kubectl-checks/all-checks.ts";
import { openWorld, type World } from "./kubectl-checks/world.ts";
import { newestKubectl } from "./kubectls.ts";

const program = newestKubectl()?.path ?? "";

// A proxy that was told of no fault is not there: another client than ours finds everything as it is without.
describe.skipIf(program === "")("kubectl through the fault proxy", () => {
  let directory: string;
  let cluster: LocalCluster;
  let proxy: FaultProxy;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "fc-fault-proxy-"));
    cluster = await startLocalCluster({ dataDirectory: join(directory, "data") });
    proxy = await FaultProxy.start({ kubeconfig: cluster.kubeconfigPath });
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  const withoutWebSocket = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: "false", KUBECTL_PORT_FORWARD_WEBSOCKETS: "false" };
  describe.each([
    { protocol: "WebSocket", env: {} },
    { protocol: "SPDY", env: withoutWebSocket },
  ])("$protocol", ({ protocol, env }) => {
    let world: World;
    beforeAll(async () => {
      const namespace = `through-${protocol.toLowerCase()}`;
      const kubeconfig = proxy.kubeconfigPath;
      world = await openWorld({ program, kubeconfig, namespace, env, directory: join(directory, namespace) });
    });
    test.concurrent.each(allChecks)("$number $title", ({ run }) => run(world));
  });
});
