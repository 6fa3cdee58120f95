import { KubernetesError, PodStartError } from "@fc/k8s";
import { describe, expect, test } from "vitest";
import { volumeFailure } from "./volume-failure.ts";

describe("a Pod that fails on its volume", () => {
  test.each([
    "Can't open or create append-only dir appendonlydir: Permission denied",
    "wget: can't open 'dump.rdb': Permission denied",
  ])("says what to do about it (%s)", (logTail) => {
    const error = new PodStartError("Pod p to be Ready: Failed: exit code 1", { reason: "Failed", logTail });
    expect(volumeFailure(error, false)).toMatchObject({
      code: "FC_CACHE_VOLUME_NOT_WRITABLE",
      fault: "user",
      message: expect.stringMatching(/PERSISTENCE_STORAGE_CLASS.*PERSISTENCE_CHOWN.*Permission denied/s),
    });
  });

  test("says so of the step as root where that is refused", () => {
    const message = `pods "p" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true`;
    const refused = new KubernetesError(message, { httpStatus: 403 });
    expect(volumeFailure(refused, false)).toBeUndefined();
    expect(volumeFailure(refused, true)).toMatchObject({
      code: "FC_CACHE_VOLUME_NOT_WRITABLE",
      message: expect.stringMatching(/leave it out.*PERSISTENCE_STORAGE_CLASS.*runAsNonRoot/s),
    });
  });

  test("is told from one that fails on something else", () => {
    const out = new PodStartError("Pod p to be Ready: OOMKilled", { reason: "OOMKilled", logTail: "" });
    expect(volumeFailure(out, true)).toBeUndefined();
    expect(volumeFailure(new Error("Permission denied"), true)).toBeUndefined();
  });
});
