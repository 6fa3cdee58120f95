import { expect, test } from "vitest";
import { fillMarkdown, region } from "./markdown-blocks.ts";

const source = ["before", "  // #region one", "  if (a) {", "    b();", "  }", "", "  // #endregion", "after"].join(
  "\n",
);
const sources = { readFile: () => source, blocks: { table: () => "| a |\n" } };

test("a snippet is the region of its file, without the common indentation", () => {
  const page = "text\n<!-- snippet: x.ts#one -->\n\n```ts\nold\n```\nmore";
  expect(fillMarkdown(page, sources)).toBe(
    "text\n<!-- snippet: x.ts#one -->\n\n```ts\nif (a) {\n  b();\n}\n\n```\nmore",
  );
});

test("a generated block is replaced between its markers, again and again alike", () => {
  const page = "<!-- generated: table -->\nold\n<!-- /generated -->\nrest";
  const filled = fillMarkdown(page, sources);
  expect(filled).toBe("<!-- generated: table -->\n\n| a |\n\n<!-- /generated -->\nrest");
  expect(fillMarkdown(filled, sources)).toBe(filled);
});

test("what does not exist is named", () => {
  expect(() => region(source, "x.ts", "two")).toThrow('x.ts has no region "two"');
  expect(() => fillMarkdown("<!-- generated: nothing -->\n<!-- /generated -->", sources)).toThrow("nothing");
});
