import { expect, test } from "vitest";
import { nearestName } from "./nearest-name.ts";

test("nearestName finds a typing error and leaves other words alone", () => {
  const names = ["FAKECLOUD_ADDR", "FAKECLOUD_REGION"];
  expect(nearestName("FAKECLOUD_ADR", names)).toBe("FAKECLOUD_ADDR");
  expect(nearestName("PATH", names)).toBeUndefined();
});
