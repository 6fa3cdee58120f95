import { expect, test } from "vitest";
import { hasHeardFrom } from "./cluster-link.ts";
import { parseClusterNodes } from "./cluster-view.ts";

const primary = parseClusterNodes("aa 10.0.0.1:7001@2,n myself,master - 0 0 2 connected 0-16383").myself;
/** A replica that sees its primary with these slots. */
const replica = (slots: string) =>
  parseClusterNodes(
    `bb 10.0.0.2:7001@2,n myself,slave aa 0 0 0 connected\naa 10.0.0.1:7001@2,n master - 0 0 2 connected${slots}`,
  );

test("a replica that knows its primary, and not yet its slots, could take over none of them", () => {
  expect(hasHeardFrom(replica(""), primary)).toBe(false);
  expect(hasHeardFrom(replica(" 0-16383"), primary)).toBe(true);
  // Others may move meanwhile.
  expect(hasHeardFrom(replica(" 0-99"), primary)).toBe(true);
});

test("nothing is to be heard of a primary without slots", () => {
  expect(hasHeardFrom(replica(""), { id: "aa", slots: new Set() })).toBe(true);
});
