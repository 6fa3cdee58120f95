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

test("a container that got nothing from the server tells which address it was given", () => {
  const gate = (exitCode: number, env: object[]): V1Pod => ({
    ...terminated(exitCode, "Error"),
    spec: { containers: [{ name: "function", env: env as never }] },
  });
  const address = [{ name: "FC_GATE", value: "127.0.0.1:9001" }];
  expect(podEnd(gate(70, address))?.detail).toBe(
    "the container ended with exit code 70 (Error); it did not get the function from 127.0.0.1:9001: is that the server as Pods reach it?",
  );
  expect(podEnd(gate(1, address))?.detail).toBe("the container ended with exit code 1 (Error)");
  // An image's own entry point.
  expect(podEnd(gate(70, []))?.detail).toBe("the container ended with exit code 70 (Error)");
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
