import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./lib/run.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const published = globSync("packages/*/package.json", { cwd: root }).map(
  (path) => (JSON.parse(read(path)) as { readonly name: string }).name,
);

/** What is amiss in a changeset: lines that name no package with its kind of change, or that there is no text. */
function problems(text: string): string[] {
  const [, head = "", told = ""] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text) ?? [];
  const wrong = head.split("\n").filter((line) => {
    const [, name = ""] = /^"(@fc\/[a-z0-9-]+)": (?:patch|minor|major)$/.exec(line) ?? [];
    return !published.includes(name);
  });
  return told.trim() === "" ? [...wrong, "it tells nothing"] : wrong;
}

test("changesets name packages that there are, with the kind of change, and tell it", () => {
  const paths = globSync(".changeset/*.md", { cwd: root }).filter((path) => !path.endsWith("README.md"));
  expect(paths.flatMap((path) => problems(read(path)).map((problem) => `${path}: ${problem}`))).toEqual([]);
});

test("what is amiss in one is found", () => {
  expect(problems('---\n"@fc/server": minor\n"@fc/none": patch\n"@fc/lambda": big\n---\n\n')).toEqual([
    '"@fc/none": patch',
    '"@fc/lambda": big',
    "it tells nothing",
  ]);
});
