import { expect, test } from "vitest";
import { undocumented } from "./undocumented.ts";

test("a code that is thrown and not described is found, and one that is described and never thrown", () => {
  const sources = ['throw new FcError("FC_A_ONE", `no`);', '/** `FC_A_TWO` */ case "FC_B_THREE":'];
  const tables = [{ FC_A_ONE: ["when", "fix"] }, { FC_OLD_ONE: ["when", "fix"] }] as const;
  expect(undocumented(sources, tables)).toEqual({ missing: ["FC_B_THREE"], unused: ["FC_OLD_ONE"] });
});
