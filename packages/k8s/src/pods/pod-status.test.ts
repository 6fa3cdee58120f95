import type { V1ContainerState, V1Pod, V1PodStatus } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import { describePod, podIsReady, startProblem } from "./pod-status.ts";

function podWith(status: V1PodStatus, restartPolicy = "Never"): V1Pod {
  return { metadata: { name: "p", uid: "u" }, spec: { containers: [], restartPolicy }, status };
}

function containerWith(state: V1ContainerState, lastState: V1ContainerState = {}): V1PodStatus {
  return {
    phase: "Pending",
    containerStatuses: [{ name: "main", state, lastState, image: "i", imageID: "", ready: false, restartCount: 0 }],
  };
}

describe("startProblem", () => {
  test.each(["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "RunContainerError", "CrashLoopBackOff"])(
    "gives up at once on %s",
    (reason) => {
      const problem = startProblem(podWith(containerWith({ waiting: { reason, message: "why" } })));
      expect(problem).toEqual({ reason, message: "container main: why", container: "main" });
    },
  );

  test.each(["ContainerCreating", "PodInitializing", undefined])(
    "waits on while a container waits for %s",
    (reason) => {
      expect(startProblem(podWith(containerWith({ waiting: reason === undefined ? {} : { reason } })))).toBeUndefined();
    },
  );

  test("gives a missing Secret time to be made", () => {
    const state = { waiting: { reason: "CreateContainerConfigError", message: 'secret "s" not found' } };
    expect(startProblem(podWith(containerWith(state)))).toMatchObject({ grace: "config" });
  });

  test("says how a crash loop crashes", () => {
    const last = { terminated: { exitCode: 137, reason: "OOMKilled" } };
    const problem = startProblem(podWith(containerWith({ waiting: { reason: "CrashLoopBackOff" } }, last)));
    expect(problem).toMatchObject({ reason: "OOMKilled", exitCode: 137 });
  });

  test("gives the exit code of a failed Pod", () => {
    const status = { ...containerWith({ terminated: { exitCode: 3, reason: "Error" } }), phase: "Failed" };
    expect(startProblem(podWith(status))).toMatchObject({ reason: "Failed", exitCode: 3, container: "main" });
  });

  test("gives the kubelet's own word for an evicted Pod", () => {
    const status = { phase: "Failed", reason: "Evicted", message: "node was low on memory" };
    expect(startProblem(podWith(status))).toEqual({
      reason: "Evicted",
      message: "the Pod is Failed: node was low on memory",
    });
  });

  test("counts a Pod that succeeded as ended", () => {
    const status = { ...containerWith({ terminated: { exitCode: 0, reason: "Completed" } }), phase: "Succeeded" };
    expect(startProblem(podWith(status))).toMatchObject({ reason: "Succeeded", exitCode: 0 });
  });

  test("sees a container that ended while others run, unless it is started again", () => {
    const status = { ...containerWith({ terminated: { exitCode: 1, reason: "Error" } }), phase: "Running" };
    expect(startProblem(podWith(status))).toMatchObject({ reason: "Error", exitCode: 1 });
    expect(startProblem(podWith(status, "Always"))).toBeUndefined();
  });

  test("gives an unschedulable Pod time", () => {
    const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes" };
    expect(startProblem(podWith({ phase: "Pending", conditions: [condition] }))).toEqual({
      reason: "Unschedulable",
      message: "0/1 nodes",
      grace: "schedule",
    });
  });

  test("sees that a Pod is being deleted", () => {
    const pod = { ...podWith({ phase: "Running" }), metadata: { name: "p", deletionTimestamp: new Date() } };
    expect(startProblem(pod)).toMatchObject({ reason: "Deleted" });
  });
});

test("a Pod is ready by its condition, unless it is being deleted", () => {
  const pod = podWith({ phase: "Running", conditions: [{ type: "Ready", status: "True" }] });
  expect(podIsReady(pod)).toBe(true);
  expect(podIsReady({ ...pod, metadata: { deletionTimestamp: new Date() } })).toBe(false);
  expect(podIsReady(podWith({ phase: "Running", conditions: [{ type: "Ready", status: "False" }] }))).toBe(false);
  expect(podIsReady({})).toBe(false);
});

test("a Pod's state fits on one line", () => {
  const status = {
    ...containerWith({ waiting: { reason: "ContainerCreating" } }),
    conditions: [{ type: "Ready", status: "False", reason: "ContainersNotReady" }],
  };
  expect(describePod(podWith(status))).toBe("phase Pending, main ContainerCreating, Ready=False (ContainersNotReady)");
});
