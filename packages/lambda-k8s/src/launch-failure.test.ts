import { KubernetesError, PodStartError } from "@fc/k8s";
import { BackendError } from "@fc/lambda/backend";
import { describe, expect, test } from "vitest";
import { functionSpec } from "../test/function-samples.ts";
import { hadNoRoom, launchFailure, wasTakenAway } from "./launch-failure.ts";

const failure = (cause: Error): BackendError => launchFailure(cause, functionSpec(), "pod-1");
const notStarted = (reason: string, podReason?: string): BackendError =>
  failure(
    new PodStartError("no", { reason, ...(podReason === undefined ? {} : { pod: { status: { reason: podReason } } }) }),
  );
const ended = (end: string): BackendError =>
  new BackendError("FC_LAMBDA_LAUNCH_FAILED", "its environment ended", { details: { end } });

describe("another Pod is made", () => {
  test.each([
    ["for one that was deleted", notStarted("Deleted")],
    ["for one that the kubelet evicted", notStarted("Error", "Evicted")],
    ["for one whose code did not arrive", ended("lost")],
  ])("%s", (_, error) => expect(wasTakenAway(error)).toBe(true));

  test.each([
    ["whose image cannot be pulled", notStarted("ErrImagePull")],
    ["that fails by itself", notStarted("Error")],
    ["whose program exited", ended("exited")],
    ["whose function failed in its init phase", new BackendError("FC_LAMBDA_INIT_FAILED", "no")],
  ])("not for one %s", (_, error) => expect(wasTakenAway(error)).toBe(false));
});

test("no room is told apart from what is forbidden", () => {
  const forbidden = (message: string): KubernetesError =>
    new KubernetesError(message, { httpStatus: 403, status: { reason: "Forbidden", message } });
  expect(hadNoRoom(notStarted("Unschedulable"))).toBe(true);
  expect(hadNoRoom(failure(forbidden('pods "a" is forbidden: exceeded quota: small')))).toBe(true);
  expect(hadNoRoom(failure(forbidden('pods "a" is forbidden: violates PodSecurity')))).toBe(false);
});

test("what failed is told with the cluster's reason, the Pod and the function", () => {
  const error = notStarted("ErrImagePull");
  expect(error.message).toBe("Pod pod-1 for hello:$LATEST did not start: no");
  expect(error.details).toEqual({ reason: "ErrImagePull" });
});
