import { expect, test } from "vitest";
import { attributesJson } from "./attribute-json.ts";

test("an item in an event has its binary values in base64, at every depth", () => {
  const B = Buffer.from("bytes");
  expect(
    attributesJson({
      s: { S: "text" },
      n: { N: "1" },
      none: { NULL: true },
      b: { B },
      set: { BS: [B] },
      list: { L: [{ B }, { BOOL: false }] },
      map: { M: { inner: { B } } },
    }),
  ).toEqual({
    s: { S: "text" },
    n: { N: "1" },
    none: { NULL: true },
    b: { B: "Ynl0ZXM=" },
    set: { BS: ["Ynl0ZXM="] },
    list: { L: [{ B: "Ynl0ZXM=" }, { BOOL: false }] },
    map: { M: { inner: { B: "Ynl0ZXM=" } } },
  });
});
