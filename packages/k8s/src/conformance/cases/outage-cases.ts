import assert from "node:assert/strict";
import { errorText, FcError } from "@fc/core";
import type { V1Pod } from "@kubernetes/client-node";
import { KubernetesError } from "../../errors/kubernetes-error.ts";
import { podIsReady } from "../../pods/pod-status.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { failureOf, refused } from "../expectations.ts";
import { diedLongAgo } from "../lease.ts";
import { ObservedChanges } from "../observed-changes.ts";
import { nameOf, uidOf } from "../pod-reading.ts";

const outage = { needs: ["withoutApi"], disturbs: true, timeoutMs: 120_000 } as const;
const slowness = { needs: ["withSlowStore"], disturbs: true, timeoutMs: 120_000 } as const;

export const outageCases: readonly ConformanceCase[] = casesOf("outages", (add) => {
  add(
    "waits and watches outlive an outage of the API server",
    async ({ client, abilities, box, started, signal }) => {
      const changes = new ObservedChanges(client);
      const steady = await started("sleep 1000");
      const pod = await client.createPod(box("sleep 1000", { init: "sleep 2" }));
      const waiting = client.waitForPod(nameOf(pod), podIsReady, { timeoutMs: 90_000, what: "to be ready", signal });
      // Whoever awaits it later must not miss that it failed.
      waiting.catch(() => undefined);
      await abilities.withoutApi(async () => {
        const error = await refused(client.listPods("", { signal }), { code: "FC_K8S_UNREACHABLE" });
        assert.ok(error.retryable && error.httpStatus === undefined);
      });
      assert.equal(uidOf(await waiting), uidOf(pod));
      await client.deletePod(nameOf(steady), { gracePeriodSeconds: 0 });
      await changes.until("deleted", steady, signal);
      assert.deepEqual(
        [changes.of(steady), changes.of(pod)],
        [
          ["added", "modified", "deleted"],
          ["added", "modified"],
        ],
      );
    },
    outage,
  );

  add(
    "a log that is followed through an outage has every line once",
    async ({ client, abilities, box, signal }) => {
      const pod = await client.createPod(box("for i in $(seq 1 100); do echo line $i; sleep 0.1; done"));
      const lines: string[] = [];
      let taken: Promise<void> | undefined;
      for await (const line of client.followLogs(pod, "main", { signal })) {
        lines.push(Buffer.from(line).toString());
        if (lines.length === 10) taken = abilities.withoutApi(() => Promise.resolve());
      }
      await taken;
      assert.deepEqual(
        lines,
        Array.from({ length: 100 }, (_, at) => `line ${at + 1}\n`),
      );
    },
    outage,
  );

  add(
    "a command that an outage cuts is an error, and what is asked meanwhile says why",
    async ({ client, abilities, box, started, signal }) => {
      const pod = await started("sleep 1000");
      const { stdout, result } = await client.execStream(pod, "main", ["sh", "-c", "echo some; sleep 100"], { signal });
      stdout.resume();
      await abilities.withoutApi(async () => {
        await refused(result, { code: "FC_K8S_EXEC_FAILED" });
        const unreachable = async (call: Promise<unknown>): Promise<void> => {
          const error = await refused(call, { code: "FC_K8S_UNREACHABLE", message: /ECONNREFUSED/ });
          assert.equal(error.retryable, true);
        };
        await Promise.all([
          unreachable(client.exec(pod, "main", ["true"], { signal })),
          unreachable(client.createPod(box("true"), { signal })),
          unreachable(client.deletePod(nameOf(pod), { signal })),
          unreachable(client.patchPod(nameOf(pod), { metadata: { annotations: { a: "b" } } }, { signal })),
        ]);
      });
      assert.equal((await client.exec(pod, "main", ["echo", "again"], { signal })).stdout.toString(), "again\n");
    },
    outage,
  );

  add(
    "a process that ends during an outage ends in time, and the next one clears up after it",
    async (bench) => {
      const { client, connect, abilities, box, signal } = bench;
      const brief = await connect({ closeTimeoutMs: 5_000 });
      const pod = await brief.createPod(box("sleep 1000", { owner: brief }));
      await abilities.withoutApi(() => brief[Symbol.asyncDispose]());
      assert.equal((await client.getPod(nameOf(pod)))?.metadata?.uid, uidOf(pod));
      await diedLongAgo(bench, brief);
      await client.waitForPodGone(nameOf(pod), uidOf(pod), { timeoutMs: 60_000, signal });
    },
    outage,
  );

  add(
    "a store that takes seconds delays, and nothing is made twice or lost",
    async ({ client, abilities, box, signal }) => {
      const changes = new ObservedChanges(client);
      const labels = { made: "slowly" };
      const made: (string | undefined)[] = [];
      await abilities.withSlowStore(1_500, async () => {
        const making = Array.from({ length: 4 }, () => client.createPod(box("sleep 1000", { labels }), { signal }));
        for (const outcome of await Promise.allSettled(making))
          if (outcome.status === "fulfilled") made.push(outcome.value.metadata?.uid);
          else assert.ok(isLate(outcome.reason), errorText(outcome.reason));
      });
      const pods = await client.listPods("made=slowly", { signal });
      assert.ok(made.length > 0 && pods.length <= 4, `${made.length} made, ${pods.length} found`);
      for (const uid of made) assert.ok(pods.some(({ metadata }) => metadata?.uid === uid));
      await Promise.all(pods.map((pod) => changes.until("added", pod, signal)));
    },
    slowness,
  );

  add(
    "a create whose answer comes too late fails as something that may pass, or finds what it made",
    async ({ client, abilities, box, signal }) => {
      const outcomes: unknown[] = [];
      await abilities.withSlowStore(12_000, async () => {
        const reason = new Error("not wanted any more");
        const controller = new AbortController();
        const impatient = failureOf(client.createPod(box("sleep 1000"), { signal: controller.signal }));
        const patient = client.createPod(box("sleep 1000", { name: "patient" }), { signal });
        // Whoever awaits it later must not miss that it failed.
        patient.catch(() => undefined);
        controller.abort(reason);
        assert.equal(await impatient, reason);
        outcomes.push(await patient.catch((error: unknown) => error));
      });
      const [outcome] = outcomes;
      if (outcome instanceof Error) assert.ok(isLate(outcome), errorText(outcome));
      else assert.equal(uidOf(outcome as V1Pod), (await client.getPod("patient"))?.metadata?.uid);
    },
    slowness,
  );
});

/** What a caller may be told when the answer takes too long. */
function isLate(error: unknown): boolean {
  if (FcError.isInstance(error, "FC_DEADLINE_EXCEEDED")) return true;
  return (
    KubernetesError.is(error) && ["FC_K8S_UNREACHABLE", "FC_K8S_UNAVAILABLE"].includes(error.code) && error.retryable
  );
}
