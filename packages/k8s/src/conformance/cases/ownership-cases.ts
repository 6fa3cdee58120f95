import assert from "node:assert/strict";
import { type Clock, systemClock } from "@fc/core";
import type { V1ObjectMeta, V1Pod } from "@kubernetes/client-node";
import type { K8sClient } from "../../client/k8s-client.ts";
import { labels, managedByValue } from "../../labels.ts";
import { until } from "../admin.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { refused } from "../expectations.ts";
import { diedLongAgo, leaseOf } from "../lease.ts";
import { nameOf, uidOf } from "../pod-reading.ts";

/** A process that was killed renews nothing: no timer of it fires any more. */
const stopped: Clock = { ...systemClock, after: () => () => undefined };

async function lives(client: K8sClient, pod: V1Pod): Promise<boolean> {
  const found = await client.getPod(nameOf(pod));
  return found?.metadata?.uid === uidOf(pod) && found.metadata.deletionTimestamp === undefined;
}

export const ownershipCases: readonly ConformanceCase[] = casesOf("ownership", (add) => {
  add("what a process owns carries its labels and its Lease", async ({ client, connect, box, namespace }) => {
    const pod = await client.createPod(box("sleep 1000", { labels: { app: "mine" } }));
    const lease = await client.coordination.readNamespacedLease({ name: leaseOf(client), namespace });
    const { labels: found = {}, ownerReferences = [] } = pod.metadata ?? {};
    assert.equal(found["app"], "mine");
    assert.equal(found[labels.managedBy], managedByValue);
    assert.equal(found[labels.appManagedBy], managedByValue);
    assert.equal(found[labels.service], "lambda");
    assert.equal(found[labels.instance], client.instanceId);
    assert.deepEqual(
      ownerReferences.map(({ kind, uid }) => [kind, uid]),
      [["Lease", lease.metadata?.uid]],
    );
    const installed = await connect({ installationId: "home" });
    const meta = installed.owned({ name: "kept" }, "installation", "elasticache");
    assert.equal(meta.labels?.[labels.installation], "home");
    assert.deepEqual([meta.labels?.[labels.instance], meta.ownerReferences], [undefined, undefined]);
  });

  add("closing takes what the process owns and leaves what the installation owns", async ({ client, connect, box }) => {
    const brief = await connect({ installationId: "home" });
    const pod = await brief.createPod(box("sleep 1000", { owner: brief }));
    const meta = (name: string): object => ({ metadata: brief.owned({ name }, "process", "lambda") });
    await brief.createSecret(meta("own"));
    await brief.createConfigMap(meta("own"));
    await brief.createService({ ...meta("own"), spec: { ports: [{ port: 80 }] } });
    const installed = box("sleep 1000", { owner: brief });
    const metadata = brief.owned({ name: "kept" }, "installation", "elasticache");
    const kept = await brief.createPod({ ...installed, metadata });
    await brief[Symbol.asyncDispose]();
    assert.equal(await client.getPod(nameOf(pod)), undefined);
    assert.equal(await client.getSecret("own"), undefined);
    assert.equal(await client.getConfigMap("own"), undefined);
    assert.equal(await client.getService("own"), undefined);
    assert.ok(await lives(client, kept));
    await client.deletePod("kept", { gracePeriodSeconds: 0 });
  });

  add("two processes in a namespace leave each other alone", async ({ client, connect, box }) => {
    const other = await connect();
    const own = await client.createPod(box("sleep 1000", { name: "same" }));
    await refused(other.createPod(box("sleep 1000", { owner: other, name: "same" })), {
      code: "FC_K8S_CONFLICT",
      reason: "AlreadyExists",
    });
    const theirs = await other.createPod(box("sleep 1000", { owner: other }));
    assert.deepEqual(await Promise.all([client.reapStale("lambda"), other.reapStale("lambda")]), [0, 0]);
    await other[Symbol.asyncDispose]();
    assert.ok(await lives(client, own));
    assert.equal(await lives(client, theirs), false);
  });

  add("of a process that died everything goes, and nothing of those that live", async (bench) => {
    const { client, connect, box, signal } = bench;
    const dead = await connect({ installationId: "home", clock: stopped });
    const pod = await dead.createPod(box("sleep 1000", { owner: dead }));
    await dead.createSecret({ metadata: dead.owned({ name: "token" }, "process", "lambda"), stringData: { a: "b" } });
    const kept = await dead.createPod({
      ...box("sleep 1000", { owner: dead }),
      metadata: dead.owned({ name: "kept" }, "installation", "elasticache"),
    });
    const own = await client.createPod(box("sleep 1000"));
    assert.equal(await client.reapStale("lambda"), 0);
    await diedLongAgo(bench, dead);
    await client.waitForPodGone(nameOf(pod), uidOf(pod), { timeoutMs: 45_000, signal });
    await until(async () => (await client.getSecret("token")) === undefined, signal);
    await until(async () => (await client.reapStale("lambda")) === 1, signal);
    assert.deepEqual([await client.reapStale("elasticache"), await client.reapStale("lambda")], [0, 0]);
    assert.ok((await lives(client, own)) && (await lives(client, kept)));
    await client.deletePod("kept", { gracePeriodSeconds: 0 });
  });

  add("of two that look for dead processes one counts what was removed", async (bench) => {
    const { client, connect, box, signal } = bench;
    const [dead, other] = await Promise.all([connect({ clock: stopped }), connect()]);
    const pod = await dead.createPod(box("sleep 1000", { owner: dead }));
    await diedLongAgo(bench, dead);
    await client.waitForPodGone(nameOf(pod), uidOf(pod), { timeoutMs: 45_000, signal });
    let removed = 0;
    const reap = async (): Promise<void> => {
      for (const count of await Promise.all([client.reapStale("lambda"), other.reapStale("lambda")])) removed += count;
    };
    await until(async () => {
      await reap();
      return removed > 0;
    }, signal);
    await reap();
    assert.equal(removed, 1);
  });

  add("what its process does not want is removed, and nothing else", async ({ client, connect, box, signal }) => {
    const other = await connect();
    const theirs = await other.createPod(box("sleep 1000", { owner: other }));
    const wanted = await client.createPod(box("sleep 1000"));
    const unwanted = await client.createPod(box("sleep 1000"));
    await client.createSecret({ metadata: client.owned({ name: "unwanted" }, "process", "lambda") });
    const wants = ({ metadata }: { metadata: V1ObjectMeta }): boolean => metadata.uid === uidOf(wanted);
    await using reconciler = client.reconcile({ service: "lambda", owner: "process", wants });
    reconciler.kick();
    const gone = (pod: V1Pod): Promise<void> =>
      client.waitForPodGone(nameOf(pod), uidOf(pod), { timeoutMs: 30_000, signal });
    await Promise.all([gone(unwanted), until(async () => (await client.getSecret("unwanted")) === undefined, signal)]);
    // Whatever made it, whenever: as a create does whose answer was lost.
    await gone(await client.createPod(box("sleep 1000")));
    assert.ok((await lives(client, wanted)) && (await lives(client, theirs)));
  });

  add("Kubernetes itself removes what a process owned once its Lease is gone", async (bench) => {
    const { client, connect, box, namespace, signal } = bench;
    const brief = await connect();
    const pod = await brief.createPod(box("sleep 1000", { owner: brief }));
    await brief.createSecret({ metadata: brief.owned({ name: "token" }, "process", "lambda") });
    await client.coordination.deleteNamespacedLease({ name: leaseOf(brief), namespace });
    await client.waitForPodGone(nameOf(pod), uidOf(pod), { timeoutMs: 45_000, signal });
    await until(async () => (await client.getSecret("token")) === undefined, signal);
  });

  add("a process in a Pod goes with that Pod", async ({ client, connect, box, started, namespace, signal }) => {
    const server = await started("sleep 1000");
    const environment = { POD_NAME: nameOf(server), POD_UID: uidOf(server) };
    const inside = await connect({ environment });
    const pod = await inside.createPod(box("sleep 1000", { owner: inside }));
    const lease = await client.coordination.readNamespacedLease({ name: leaseOf(inside), namespace });
    assert.deepEqual(
      lease.metadata?.ownerReferences?.map(({ kind, uid }) => [kind, uid]),
      [["Pod", uidOf(server)]],
    );
    await client.deletePod(nameOf(server), { uid: uidOf(server) });
    await client.waitForPodGone(nameOf(pod), uidOf(pod), { timeoutMs: 45_000, signal });
  });

  add("a Lease is renewed while its process lives", async ({ client, namespace, signal }) => {
    const read = async (): Promise<string> => {
      const { spec } = await client.coordination.readNamespacedLease({ name: leaseOf(client), namespace });
      return String(spec?.renewTime);
    };
    const first = await read();
    await until(async () => (await read()) !== first, signal);
  });
});
