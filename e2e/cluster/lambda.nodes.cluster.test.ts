import { randomBytes } from "node:crypto";
import { FcCluster } from "@fc-repo/development-cluster";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { lambdaClient } from "../lib/clients.ts";
import { type Answer, createFunction, invoke, node } from "../lib/functions.ts";
import { functionPods } from "../lib/pods.ts";
import { type Probe, startProbe } from "../lib/probe.ts";
import { createNamespace, kubectl, machineAddress, startServerOnCluster } from "../lib/server-on-cluster.ts";
import type { ServerProcess } from "../lib/server-process.ts";

const namespace = `fc-e2e-nodes-${randomBytes(4).toString("hex")}`;
const cluster = FcCluster.of(process.env["KUBECONFIG"] ?? "", process.env);
const nodes = (await kubectl("get", "nodes", "-o", "name")).trim().split("\n");
const [first = "", second = ""] = nodes.map((name) => name.replace("node/", ""));
const reason = "the cluster has one node: FC_CLUSTER_NODES=2";

/** A function in each state, all on the second node. */
interface Stage {
  readonly idle: string;
  readonly busy: { readonly id: string; readonly answer: Promise<Answer> };
  readonly init: { readonly id: string; readonly answer: Promise<Answer> };
}

describe.skipIf(second === "")(`a node that goes${second === "" ? ` (${reason})` : ""}`, () => {
  let server: ServerProcess;
  let client: ReturnType<typeof lambdaClient>;
  let probe: Probe;
  let round = 0;
  let stage: Stage;

  beforeAll(async () => {
    await createNamespace(namespace);
    probe = await startProbe(await machineAddress());
  });
  afterAll(async () => {
    await probe?.[Symbol.asyncDispose]();
    await kubectl("delete", "namespace", namespace, "--wait=false");
  });

  beforeEach(async () => {
    round += 1;
    // Before the server starts: it makes Pods that wait for functions at once, when functions were there before.
    await kubectl("cordon", first);
    try {
      server = await startServerOnCluster(namespace);
      client = lambdaClient(server.url);
      stage = await occupied();
      // Pods that are to wait for functions may have no node yet, and come to the first later.
      for (const pod of await functionPods(namespace)) expect([second, undefined]).toContain(pod.node);
    } finally {
      await kubectl("uncordon", first);
    }
  });

  afterEach(() => server?.[Symbol.asyncDispose]());

  async function occupied(): Promise<Stage> {
    const [idle, busy, init] = ["idle", "busy", "init"].map((name) => `${name}-${round}`) as [string, string, string];
    await Promise.all(
      [idle, busy, init].map((name) => createFunction(client, node(name, probe.source, { timeout: 60 }))),
    );
    await invoke(client, idle, { id: `${idle}-before` });
    const held = [probe.hold(`/event/${busy}`), probe.hold(`/init/${init}`)];
    const answers = [busy, init].map((id) => ({ id, answer: invoke(client, id, { id }) }));
    await Promise.all(held);
    return { idle, busy: answers[0] as Stage["busy"], init: answers[1] as Stage["init"] };
  }

  async function everyEventIsRight(): Promise<void> {
    const { idle, busy, init } = stage;
    expect(await busy.answer).toMatchObject({ error: "Unhandled", payload: { errorType: "Runtime.ExitError" } });
    expect(await init.answer).toMatchObject({ error: undefined, payload: init.id });
    expect((await invoke(client, idle, { id: `${idle}-after` })).payload).toBe(`${idle}-after`);
    const ids = [`${idle}-before`, busy.id, init.id, `${idle}-after`];
    expect(ids.map((id) => probe.deliveries(id))).toEqual([1, 1, 1, 1]);
  }

  test("is drained: what was not delivered moves to the other node, what was is AWS's error, and nothing runs twice", async () => {
    const only = "--pod-selector=fakecloud-managed-by=fakecloud";
    await kubectl("drain", second, only, "--force", "--delete-emptydir-data", "--timeout=60s");
    try {
      await everyEventIsRight();
      for (const pod of await functionPods(namespace)) expect(pod.node).toBe(first);
    } finally {
      await kubectl("uncordon", second);
    }
  });

  test.skipIf(cluster === undefined)(
    "is lost: the same, and the server ends in time although the Pods of that node cannot",
    async () => {
      await cluster?.loseNode();
      try {
        await everyEventIsRight();
        await kubectl("wait", `node/${second}`, "--for=condition=Ready=Unknown", "--timeout=60s");
        const began = performance.now();
        const code = await server.stop("SIGTERM");
        expect(code, server.output().stderr).toBe(0);
        expect(performance.now() - began).toBeLessThan(30_000);
      } finally {
        await cluster?.addNode();
      }
    },
  );
});
