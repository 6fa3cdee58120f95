import { describe, expect, test } from "vitest";
import { findResource } from "../resources.ts";
import { ageSince } from "./duration.ts";
import { outputForm } from "./output-form.ts";
import { rowOf } from "./table.ts";

const now = Date.parse("2026-01-02T00:00:00Z");
const pods = findResource("", "v1", "pods")!;

function row(pod: Record<string, unknown>): unknown[] {
  const metadata = { name: "p", creationTimestamp: "2026-01-01T23:59:00Z", ...(pod["metadata"] as object) };
  return rowOf(
    pods,
    { apiVersion: "v1", kind: "Pod", spec: { containers: [{ name: "c" }] }, ...pod, metadata },
    now,
  ).slice(0, 5);
}

describe("a Pod's row", () => {
  const waiting = { name: "c", state: { waiting: { reason: "ImagePullBackOff" } }, restartCount: 0 };

  test("shows readiness, restarts and age", () => {
    const lastState = { terminated: { finishedAt: "2026-01-01T23:59:50Z" } };
    const containerStatuses = [{ name: "c", ready: true, restartCount: 2, state: { running: {} }, lastState }];
    expect(row({ status: { phase: "Running", containerStatuses } })).toEqual([
      "p",
      "1/1",
      "Running",
      "2 (10s ago)",
      "60s",
    ]);
  });

  test("shows why a container waits, how far init containers are, and that a Pod is going", () => {
    expect(row({ status: { phase: "Pending", containerStatuses: [waiting] } })[2]).toBe("ImagePullBackOff");
    const spec = { containers: [{ name: "c" }], initContainers: [{ name: "a" }, { name: "b" }] };
    const initContainerStatuses = [
      { name: "a", state: { terminated: { exitCode: 0, reason: "Completed" } } },
      { name: "b", state: { running: {} } },
    ];
    expect(row({ spec, status: { phase: "Pending", initContainerStatuses } })[2]).toBe("Init:1/2");
    expect(row({ metadata: { deletionTimestamp: "2026-01-02T00:00:00Z" }, status: {} })[2]).toBe("Terminating");
  });

  test("shows the reason of an end", () => {
    const ended = { name: "c", state: { terminated: { exitCode: 137, reason: "OOMKilled" } } };
    expect(row({ status: { phase: "Failed", containerStatuses: [ended] } })[2]).toBe("OOMKilled");
  });
});

test.each([
  [5, "5s"],
  [125, "2m5s"],
  [600, "10m"],
  [4 * 3_600 + 60, "4h1m"],
  [3 * 86_400, "3d"],
])("an age of %i seconds is written %s", (seconds, text) => {
  expect(ageSince(new Date(now - seconds * 1_000).toISOString(), now)).toBe(text);
});

test.each([
  ["application/json;as=Table;v=v1;g=meta.k8s.io,application/json", "table"],
  ["application/vnd.kubernetes.protobuf,application/json", "object"],
  ["application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", "metadata"],
  [undefined, "object"],
])("Accept %s gets the form %s", (accept, form) => {
  expect(outputForm(accept)).toBe(form);
});
