import assert from "node:assert/strict";
import type { V1Pod } from "@kubernetes/client-node";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { failsToStart } from "../expectations.ts";
import { ObservedChanges } from "../observed-changes.ts";
import { nameOf, uidOf } from "../pod-reading.ts";

const wait = { timeoutMs: 50_000, what: "to do its work" };
const never = (): boolean => false;

export const lossCases: readonly ConformanceCase[] = casesOf("losses", (add) => {
  add("a Pod that is deleted while it is made ends its wait", async ({ client, box, signal }) => {
    const unschedulable = { spec: { nodeSelector: { nowhere: "1" } } };
    for (const options of [{}, unschedulable]) {
      const pod = await client.createPod(box("sleep 1000", options));
      const waiting = client.waitForPod(nameOf(pod), never, { ...wait, uid: uidOf(pod), signal });
      const told = failsToStart(waiting, { reason: "Deleted", message: /Pod .* to do its work: Deleted/ });
      await client.deletePod(nameOf(pod), { uid: uidOf(pod), gracePeriodSeconds: 0 });
      await told;
    }
  });

  add("a Pod that runs and is deleted ends its wait before it is gone", async ({ client, started, signal }) => {
    const pod = await started("trap '' TERM; while :; do sleep 0.1; done", {
      spec: { terminationGracePeriodSeconds: 5 },
    });
    const waiting = client.waitForPod(nameOf(pod), never, { ...wait, uid: uidOf(pod), signal });
    await client.deletePod(nameOf(pod), { uid: uidOf(pod) });
    const error = await failsToStart(waiting, { reason: "Deleted", message: /is being deleted/ });
    assert.equal(error.pod?.metadata?.uid, uidOf(pod));
    assert.ok((await client.getPod(nameOf(pod))) !== undefined, "it is still ending");
  });

  add("a Pod that does not end within its grace is killed", async ({ client, started, signal }) => {
    const changes = new ObservedChanges(client);
    const pod = await started("trap '' TERM; while :; do sleep 0.1; done");
    await client.deletePod(nameOf(pod), { uid: uidOf(pod), gracePeriodSeconds: 1 });
    const killed = (found: V1Pod): boolean => found.status?.containerStatuses?.[0]?.state?.terminated?.exitCode === 137;
    await changes.until("modified", pod, signal, killed);
    await changes.until("deleted", pod, signal);
  });

  add("an eviction through the API ends the wait and is told as a deletion", async (bench) => {
    const { client, admin, namespace, started, signal } = bench;
    const changes = new ObservedChanges(client);
    const pod = await started("sleep 1000");
    const waiting = failsToStart(client.waitForPod(nameOf(pod), never, { ...wait, signal }), { reason: "Deleted" });
    const metadata = { name: nameOf(pod), namespace };
    await admin.createNamespacedPodEviction({ name: nameOf(pod), namespace, body: { metadata } });
    await waiting;
    await changes.until("deleted", pod, signal);
    assert.equal(await client.getPod(nameOf(pod)), undefined);
  });

  add(
    "an eviction by the kubelet is told with its reason, and the Pod stays to be read",
    async ({ client, abilities, started, signal }) => {
      const changes = new ObservedChanges(client);
      const resources = { limits: { "ephemeral-storage": "1Mi" } };
      const pod = await started("sleep 1000", { container: { resources } });
      const waiting = client.waitForPod(nameOf(pod), never, { ...wait, signal });
      await abilities.evict(pod);
      const error = await failsToStart(waiting, { reason: "Evicted", message: /the Pod is Failed/ });
      assert.equal(error.pod?.status?.phase, "Failed");
      await changes.until("modified", pod, signal, ({ status }) => status?.reason === "Evicted");
      assert.equal((await client.getPod(nameOf(pod)))?.metadata?.uid, uidOf(pod));
    },
    { needs: ["evict"] },
  );

  add("a namespace that is deleted ends every wait in it", async ({ client, admin, namespace, started, signal }) => {
    const pod = await started("sleep 1000");
    const waiting = failsToStart(client.waitForPod(nameOf(pod), never, { ...wait, signal }), { reason: "Deleted" });
    await admin.deleteNamespace({ name: namespace });
    await waiting;
    await client.waitForPodGone(nameOf(pod), uidOf(pod), { timeoutMs: 30_000, signal });
    assert.equal(await client.getPod(nameOf(pod)), undefined);
  });
});
