import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { expect, onTestFinished, test, vi } from "vitest";
import { runCli } from "../src/cli/run.ts";
import type { ConformanceReport } from "../src/conformance/conformance-report.ts";

const moduleAt = (name: string): string => join(import.meta.dirname, "conformance", name);

/** A stream that remembers what was written. */
function sink(): { readonly stream: Writable; readonly text: () => string } {
  const parts: string[] = [];
  const stream = new Writable({
    write: (chunk, _, done) => {
      parts.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => parts.join("") };
}

async function conformance(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err] = [sink(), sink()];
  const stopped = (): Promise<string> => new Promise(() => undefined);
  const code = await runCli({
    argv: ["conformance", ...argv],
    environment: {},
    stdout: out.stream,
    stderr: err.stream,
    stopped,
  });
  return { code, out: out.text(), err: err.text() };
}

test("a module that keeps every promise is fine", async () => {
  const { code, out, err } = await conformance("--storage", moduleAt("record-store.ts"));
  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(/record-store\.ts, storage: 5 passed, 0 failed, 0 skipped\n$/);
});

test("a broken store fails the cases that it breaks, by name, and no other", async () => {
  const { code, out } = await conformance(`--storage=${moduleAt("broken-record-store.ts")}`, "--json");
  const { ok, reports } = JSON.parse(out) as { ok: boolean; reports: ConformanceReport[] };
  const failed = reports[0]?.cases.filter(({ outcome }) => outcome === "failed") ?? [];
  expect([code, ok]).toEqual([1, false]);
  expect(failed.map((entry) => entry.case)).toEqual([
    "keeps nothing of a transaction that throws, over several collections",
    "undoes an inner transaction alone when its error is caught, and with the outer one when that throws",
  ]);
  expect(failed[1]?.detail).toContain("inner");
});

test("a broken Lambda backend fails its case, and a case that it cannot have is skipped with its own reason", async () => {
  const module = moduleAt("lambda-backend.ts");
  const { code, out } = await conformance("--lambda", module, "--only", "launch: ", "--json");
  const { reports } = JSON.parse(out) as { reports: ConformanceReport[] };
  const outcomes = new Map(reports[0]?.cases.map((entry) => [entry.case, entry]));
  expect(code).toBe(1);
  expect(outcomes.get("launch: a runtime that the backend does not have is refused by name")).toMatchObject({
    outcome: "failed",
    detail: "it was expected to fail, but did not",
  });
  expect(outcomes.get("launch: preparing tells what would be wrong, and a launch works after it")).toMatchObject({
    outcome: "passed",
  });
  const skipped = await conformance("--lambda", module, "--only", "layer");
  expect(skipped.out).toMatch(/skipped files: .*\n {10}ownFiles: functions in memory share this process/);
});

test("a broken cache backend fails its case, and one that it cannot have is skipped", async () => {
  const module = moduleAt("cache-backend.ts");
  const { code, out } = await conformance("--cache", module, "--only", "snapshots: ", "--json");
  const { reports } = JSON.parse(out) as { reports: ConformanceReport[] };
  expect([code, reports[0]?.kit]).toEqual([1, "cache"]);
  const failed = reports[0]?.cases.filter(({ outcome }) => outcome === "failed") ?? [];
  expect(failed.map(({ detail }) => detail)).toContain("it was expected to fail, but did not");
  const skipped = await conformance("--cache", module, "--only", "finds a node as it is");
  expect(skipped.out).toMatch(/skipped .*\n {10}adoption: caches in memory end with the process/);
});

test("a package that the working directory has installed is found there, also one that only `import` may load", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fc-backend-module-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const install = async (name: string, condition: string, source: string): Promise<void> => {
    const at = join(folder, "node_modules", name);
    await mkdir(at, { recursive: true });
    const exports = { ".": { [condition]: "./index.js" } };
    await writeFile(join(at, "package.json"), JSON.stringify({ name, type: "module", exports }));
    await writeFile(join(at, "index.js"), source);
  };
  const source = "export const createRecordStore = () => { throw new Error('it was called'); };";
  await install("my-store", "default", source);
  await install("my-import-only-store", "import", source);
  await install("my-incomplete-store", "import", "import 'absent-dependency';");
  const cwd = vi.spyOn(process, "cwd").mockReturnValue(folder);
  onTestFinished(() => cwd.mockRestore());
  for (const name of ["my-store", "my-import-only-store"])
    expect((await conformance("--storage", name)).out).toContain("it was called");
  expect((await conformance("--storage", "my-incomplete-store")).err).toContain("absent-dependency");
  expect((await conformance("--storage", "nowhere")).err).toContain(`it is installed neither in ${folder} nor beside`);
});

test.each([
  ["throw new Error('no daemon')", "failed in createCacheBackend: no daemon"],
  ["return undefined", "gives no backend from createCacheBackend"],
  ["return {}", "implements version undefined of the contract; this server needs v1"],
  ["return { specificationVersion: 'v1', start() {}, delete() {} }", "gives a backend without startGroup, failover"],
])("a module whose factory does %j is an error that names the module and what is wrong", async (body, text) => {
  const folder = await mkdtemp(join(tmpdir(), "fc-backend-module-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "cache-backend.mjs");
  await writeFile(path, `export const createCacheBackend = () => { ${body} };`);
  const { code, err } = await conformance("--cache", path);
  expect(code).toBe(2);
  expect(err).toContain(`The backend module "${path}" ${text}`);
});

test.each([
  [[], "name a module: --lambda ./my-module.js or --cache ./my-module.js or --storage ./my-module.js"],
  [["--lambda"], "--lambda needs a value"],
  [["--lambda", "./absent.js"], 'The backend module "./absent.js" cannot be loaded'],
  [["--storage", moduleAt("lambda-backend.ts")], "does not export a function createRecordStore()"],
  [["--storage", moduleAt("record-store.ts"), "--only", "nothing like it"], "is in no name of a case"],
  [["--storge", "x"], '"--storge", "x" is no option of fc-server conformance'],
])("%j is an error that says what is wrong", async (argv, text) => {
  const { code, err } = await conformance(...argv);
  expect(code).toBe(2);
  expect(err).toContain(text);
});
