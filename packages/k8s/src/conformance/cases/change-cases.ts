import assert from "node:assert/strict";
import { podIsReady } from "../../pods/pod-status.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { ObservedChanges } from "../observed-changes.ts";
import { nameOf } from "../pod-reading.ts";

export const changeCases: readonly ConformanceCase[] = casesOf("changes", (add) => {
  add("the life of a Pod is told in order, also to those who listen late", async ({ client, started, signal }) => {
    const early = new ObservedChanges(client);
    const pod = await started("sleep 1000");
    await early.until("modified", pod, signal, podIsReady);
    const late = new ObservedChanges(client);
    await late.until("added", pod, signal, podIsReady);
    await client.deletePod(nameOf(pod), { gracePeriodSeconds: 0 });
    await Promise.all([early, late].map((changes) => changes.until("deleted", pod, signal)));
    assert.deepEqual(early.of(pod), ["added", "modified", "deleted"]);
    assert.equal(late.of(pod).at(-1), "deleted");
  });

  add("every Pod of every process that is managed is told of, and no other", async (bench) => {
    const { client, connect, box, admin, namespace, signal } = bench;
    const changes = new ObservedChanges(client);
    const other = await connect();
    const foreign = { ...box("sleep 1000"), metadata: { name: "foreign" } };
    await admin.createNamespacedPod({ namespace, body: foreign });
    const pods = await Promise.all([client, other].map((owner) => owner.createPod(box("sleep 1000", { owner }))));
    await Promise.all(pods.map((pod) => changes.until("added", pod, signal)));
    const told = new Set(changes.seen.map(({ pod }) => pod.metadata?.name));
    assert.deepEqual(told, new Set(pods.map(({ metadata }) => metadata?.name)));
    await admin.deleteNamespacedPod({ namespace, name: "foreign", body: { gracePeriodSeconds: 0 } });
  });

  add("a listener that throws, or has ended, harms no other", async ({ client, box, signal }) => {
    client.onPodChange(() => {
      throw new Error("a listener's own mistake");
    });
    const ended = new ObservedChanges(client);
    ended.stop();
    const changes = new ObservedChanges(client);
    const pod = await client.createPod(box("sleep 1000"));
    await changes.until("added", pod, signal);
    assert.deepEqual(ended.seen, []);
  });

  add("a cut connection loses no change and tells none twice", async ({ client, connect, proxy, box, signal }) => {
    const way = await proxy();
    const watcher = await connect({ kubeconfig: way.kubeconfigPath });
    const changes = new ObservedChanges(watcher);
    const before = await client.createPod(box("sleep 1000"));
    await changes.until("added", before, signal);
    const outage = await way.outage();
    const during = await client.createPod(box("sleep 1000"));
    await client.deletePod(nameOf(before), { gracePeriodSeconds: 0 });
    await outage.lift();
    await Promise.all([changes.until("added", during, signal), changes.until("deleted", before, signal)]);
    const count = (type: string, name: string | undefined): number =>
      changes.seen.filter((change) => change.type === type && change.pod.metadata?.name === name).length;
    assert.equal(count("added", during.metadata?.name), 1);
    assert.equal(count("added", before.metadata?.name), 1);
    assert.equal(count("deleted", before.metadata?.name), 1);
  });
});
