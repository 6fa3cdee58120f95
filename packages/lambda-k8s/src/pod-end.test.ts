import type { V1Pod } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { podEnd } from "./pod-end.ts";

const terminated = (exitCode: number, reason: string): V1Pod => ({
  status: { phase: "Failed", containerStatuses: [{ state: { terminated: { exitCode, reason } } }] as never },
});

test("a Pod that runs has not ended", () => {
  expect(
    podEnd({ status: { phase: "Running", containerStatuses: [{ state: { running: {} } }] as never } }),
  ).toBeUndefined();
});

test("a container that ended tells its exit code and whether the memory limit killed it", () => {
  expect(podEnd(terminated(3, "Error"))).toMatchObject({ reason: "exited", exitCode: 3, oomKilled: false });
  expect(podEnd(terminated(137, "OOMKilled"))).toMatchObject({ reason: "exited", exitCode: 137, oomKilled: true });
});

test("an evicted Pod and one that is being deleted are lost, with the cluster's words", () => {
  const evicted = podEnd({ status: { phase: "Failed", reason: "Evicted", message: "low on disk" } });
  expect(evicted).toEqual({ reason: "lost", detail: "the Pod is Failed: Evicted: low on disk" });
  expect(podEnd({ metadata: { deletionTimestamp: new Date(0) }, status: { phase: "Running" } })).toMatchObject({
    reason: "lost",
  });
});

test("beside extensions, the function's container decides, and that of the extensions when it failed", () => {
  const pod = (extensions: number | undefined, own: number | undefined): V1Pod => {
    const state = (exitCode: number | undefined): object =>
      exitCode === undefined ? { running: {} } : { terminated: { exitCode, reason: "Error" } };
    const containerStatuses = [
      { name: "extensions", state: state(extensions) },
      { name: "function", state: state(own) },
    ];
    return { status: { phase: "Running", containerStatuses: containerStatuses as never } };
  };
  expect(podEnd(pod(undefined, undefined))).toBeUndefined();
  expect(podEnd(pod(0, undefined))).toBeUndefined();
  expect(podEnd(pod(undefined, 3))).toMatchObject({ exitCode: 3 });
  expect(podEnd(pod(137, 3))).toMatchObject({ exitCode: 3 });
  expect(podEnd(pod(137, undefined))).toMatchObject({ exitCode: 137 });
});
