import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import type { V1Pod } from "@kubernetes/client-node";
import { podIsReady } from "../../pods/pod-status.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { failsToStart, failureOf, timesOut } from "../expectations.ts";
import { followedLines, nameOf, uidOf } from "../pod-reading.ts";

export const waitCases: readonly ConformanceCase[] = casesOf("waits", (add) => {
  add("a Pod is awaited until it is ready, and has an address then", async ({ client, started, signal }) => {
    const pod = await started("sleep 1000");
    assert.equal(pod.status?.phase, "Running");
    assert.match(pod.status?.podIP ?? "", /^[0-9a-f.:]+$/);
    assert.equal(await client.waitForPodIp(nameOf(pod), 5_000, { signal }), pod.status?.podIP);
  });

  add("a Pod is not ready before its readiness probe says so", async ({ client, box, signal }) => {
    const readinessProbe = { exec: { command: ["test", "-e", "/tmp/ready"] }, periodSeconds: 1 };
    const pod = await client.createPod(box("sleep 1000", { container: { readinessProbe } }));
    await client.waitForPodIp(nameOf(pod), 30_000, { signal });
    const waiting = client.waitForPod(nameOf(pod), podIsReady, { timeoutMs: 30_000, what: "to be ready", signal });
    assert.equal(podIsReady((await client.getPod(nameOf(pod))) as V1Pod), false);
    await client.exec(pod, "main", ["touch", "/tmp/ready"], { signal });
    const ready = await waiting;
    assert.deepEqual([uidOf(ready), podIsReady(ready)], [uidOf(pod), true]);
  });

  add("a wait ends with what somebody else writes", async ({ client, connect, box, signal }) => {
    const pod = await client.createPod(box("sleep 1000"));
    const said = (found: V1Pod): boolean => found.metadata?.annotations?.["said"] === "so";
    const waiting = client.waitForPod(nameOf(pod), said, { timeoutMs: 30_000, what: "to be said so", signal });
    const other = await connect();
    await other.patchPod(nameOf(pod), { metadata: { annotations: { said: "so" } } });
    const found = await waiting;
    assert.deepEqual([uidOf(found), said(found)], [uidOf(pod), true]);
  });

  add("a wait that takes too long says what the Pod is like", async ({ client, started, signal }) => {
    const pod = await started("sleep 1000");
    const waiting = client.waitForPod(nameOf(pod), () => false, { timeoutMs: 500, what: "to do more", signal });
    const error = await failsToStart(waiting, {
      reason: "Timeout",
      message: /to do more: Timeout: not within 500 ms; phase Running/,
      event: /^Started: /,
    });
    assert.equal(error.pod?.metadata?.uid, uidOf(pod));
  });

  add("an aborted wait ends with the signal's reason", async ({ client, started }) => {
    const pod = await started("sleep 1000");
    const controller = new AbortController();
    const options = { timeoutMs: 30_000, what: "for ever", signal: controller.signal };
    const waiting = client.waitForPod(nameOf(pod), () => false, options);
    const reason = new Error("not wanted any more");
    controller.abort(reason);
    assert.equal(await failureOf(waiting), reason);
  });

  add("a predicate that throws ends the wait with what it throws", async ({ client, started, signal }) => {
    const pod = await started("sleep 1000");
    const reason = new Error("cannot say");
    const predicate = (): boolean => {
      throw reason;
    };
    const waiting = client.waitForPod(nameOf(pod), predicate, { timeoutMs: 30_000, what: "anything", signal });
    assert.equal(await failureOf(waiting), reason);
  });

  add("a Pod that never was, or is another one by now, is not waited for", async ({ client, started, signal }) => {
    const options = { timeoutMs: 30_000, what: "to be ready", signal };
    await failsToStart(client.waitForPod("nobody", podIsReady, options), { reason: "Deleted", message: /Pod nobody/ });
    const pod = await started("sleep 1000");
    const uid = "00000000-0000-0000-0000-000000000000";
    await failsToStart(client.waitForPod(nameOf(pod), podIsReady, { ...options, uid }), { reason: "Deleted" });
  });

  add("the end of a Pod is awaited by its uid, whoever has its name by then", async ({ client, box, signal }) => {
    const pod = await client.createPod(box("sleep 1000"));
    await timesOut(client.waitForPodGone(nameOf(pod), uidOf(pod), { timeoutMs: 500, signal }), /to go/);
    const gone = client.waitForPodGone(nameOf(pod), uidOf(pod), { timeoutMs: 30_000, signal });
    await client.deletePod(nameOf(pod), { uid: uidOf(pod), gracePeriodSeconds: 0 });
    const next = await client.createPod(box("sleep 1000", { name: nameOf(pod) }));
    await gone;
    await client.waitForPodGone(nameOf(pod), uidOf(pod), { timeoutMs: 30_000, signal });
    assert.equal((await client.getPod(nameOf(pod)))?.metadata?.uid, uidOf(next));
  });

  add("a Pod that is deleted gets its grace to end by itself", async ({ client, started, signal }) => {
    // As the first process of its container it gets no signal that it does not ask for. It ends when its deletion was looked at.
    const seen = `/tmp/fc-seen-${randomInt(1_000_000_000)}`;
    const ending = `while [ ! -e ${seen} ]; do sleep 0.1; done; rm ${seen}; echo bye; exit 0`;
    const pod = await started(`trap '${ending}' TERM; while :; do sleep 0.1; done`, {
      spec: { terminationGracePeriodSeconds: 20 },
    });
    const read = followedLines(client, pod, signal);
    await client.deletePod(nameOf(pod), { uid: uidOf(pod) });
    assert.ok((await client.getPod(nameOf(pod)))?.metadata?.deletionTimestamp instanceof Date);
    await client.exec(pod, "main", ["touch", seen], { signal });
    await client.waitForPodGone(nameOf(pod), uidOf(pod), { timeoutMs: 15_000, signal });
    assert.deepEqual(await read, ["bye\n"]);
  });

  add(
    "a port is awaited until something listens there",
    async ({ client, box, signal }) => {
      const port = randomInt(10_000, 30_000);
      const { metadata } = await client.createPod(box(`sleep 1; nc -ll -p ${port} -e cat`));
      const host = await client.waitForPodIp(metadata?.name ?? "", 30_000, { signal });
      await client.waitForTcp(host, port, 20_000, { signal });
      await timesOut(client.waitForTcp(host, port + 1, 500, { signal }), new RegExp(`:${port + 1}.*ECONNREFUSED`));
    },
    { needs: ["podNetwork"] },
  );
});
