import { expect, test } from "vitest";
import { pullsImage } from "./pulls-image.ts";

const scheduled = "Scheduled: Successfully assigned ns/p to node";
const pulling = 'Pulling: Pulling image "big:1"';

test.each([
  [[], false],
  [[scheduled], false],
  [[scheduled, pulling], true],
  [[scheduled, pulling, 'Pulled: Successfully pulled image "big:1" in 2.1s (2.1s including waiting)'], false],
  // As the API server may list events of the same second.
  [['Pulled: Successfully pulled image "big:1" in 21ms', pulling, "Created: Created container main"], false],
  [[pulling, 'Failed: Failed to pull image "big:1": not found', "Failed: Error: ErrImagePull"], false],
  [[pulling, 'BackOff: Back-off pulling image "big:1"'], false],
  [['Pulled: Container image "small:1" already present on machine', "Started: Started container init", pulling], true],
])("%j: %s", (events, expected) => {
  expect(pullsImage(events)).toBe(expected);
});
