import { inspect } from "node:util";
import { expect, test } from "vitest";
import { PodStartError } from "./pod-start-error.ts";

test("the error carries its Pod, which is not printed with it", () => {
  const pod = { metadata: { name: "p", labels: { only: "in-the-pod" } } };
  const error = new PodStartError("Pod p to be Ready: ErrImagePull", { reason: "ErrImagePull", pod });
  expect(error.pod).toBe(pod);
  expect(inspect(error, { depth: 9 })).not.toContain("in-the-pod");
  expect(error.details["pod"]).toBe("p");
});
