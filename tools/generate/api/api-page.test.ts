import { expect, test } from "vitest";
import { apiPage } from "./api-page.ts";

const files: Readonly<Record<string, string>> = {
  "x/src/index.ts":
    'export { open, type Options as OpenOptions } from "./open.ts";\nexport type { Model } from "./m.generated.ts";\n',
  "x/src/open.ts": [
    'import type { Clock } from "@fc/core";',
    'import type { Inner } from "./inner.ts";',
    "export interface Options {",
    "    readonly clock: Clock;",
    "    readonly inner?: Inner;",
    "}",
    "export declare function open(name: string): Promise<void>;",
    "export declare function open(options: Options): Promise<void>;",
    "export declare const unrelated: number;",
    "",
  ].join("\n"),
  "x/src/inner.ts":
    "interface Deep {\n    readonly a: 1;\n}\nexport type Inner = {\n    readonly b: Deep;\n} | {\n    readonly c: 2;\n};\nexport {};\n",
  "x/src/m.generated.ts": "export interface Model {\n    readonly Thousands: string;\n}\n",
};
const page = (changed: Readonly<Record<string, string>> = {}): string =>
  apiPage("@fc/x", "x/src/index.ts", { textOf: (path) => ({ ...files, ...changed })[path] ?? "" });

test("shows what is exported, with overloads and new names, and what it mentions, but nothing else", () => {
  const text = page();
  expect(text).toContain(
    "function open(name: string): Promise<void>;\nfunction open(options: Options): Promise<void>;",
  );
  expect(text).toContain("// as OpenOptions\ninterface Options {");
  expect(text).toMatch(
    /## Mentioned[\s\S]*interface Deep \{[\s\S]*type Inner = \{\n {4}readonly b: Deep;\n\} \| \{\n {4}readonly c: 2;\n\};/,
  );
  expect(text).toContain("- @fc/core: Clock");
  expect(text).toContain("type Model = …;");
  expect(text).not.toMatch(/unrelated|Thousands/);
});

test("a change of a type that is only mentioned changes the page", () => {
  expect(page({ "x/src/inner.ts": "export type Inner = 3;\n" })).not.toBe(page());
});

test("an export of what is not there is named", () => {
  expect(() => page({ "x/src/open.ts": "" })).toThrow("x/src/open.ts does not export open");
});

test("a statement that is not understood is an error, not a hole in the page", () => {
  expect(() => page({ "x/src/inner.ts": 'export * from "./other.ts";\n' })).toThrow("not understood: export *");
});
