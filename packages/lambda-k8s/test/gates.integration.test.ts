import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, readlink, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { CodePackage, FunctionSpec } from "@fc/lambda/backend";
import type { RuntimeSession } from "@fc/lambda/runtime-api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ContainerGround, containerGround } from "./container-ground.ts";
import { codePackage, functionSpec, nodeCode, providedCode, pythonCode } from "./function-samples.ts";
import { invoke } from "./invoke.ts";

describe("a container's command as a plain process", () => {
  let ground: ContainerGround;
  let folder: string;
  let session: RuntimeSession;
  let child: ChildProcess;

  beforeEach(async () => {
    ground = await containerGround();
    folder = ground.folder;
  });
  afterEach(() => ground[Symbol.asyncDispose]());

  const start = (spec: FunctionSpec, code: CodePackage): void => {
    ({ session, child } = ground.start(spec, code));
  };

  test("Node gets files with modes and links, and no trace of the gate", async () => {
    start(functionSpec(), nodeCode);
    await session.ready;
    const { body, result } = await invoke(session, { a: 1 });
    expect(body).toMatchObject({ word: "linked", env: ["FC_TEST_LAYER"], region: "eu-central-1" });
    expect(result.log).toMatch(/INFO\tmodule loaded\n.*INFO\tevent {"a":1}\n$/s);
    expect(await readlink(join(folder, "task/lib/word.mjs"))).toBe("real.mjs");
  });

  test("Python gets its code, and the gate leaves nothing on the disk", async () => {
    start(functionSpec({ runtime: "python3.13", handler: "app.handler" }), pythonCode);
    await session.ready;
    const { body } = await invoke(session, {});
    expect(body).toMatchObject({ env: ["FC_TEST_LAYER"], region: "eu-central-1" });
    expect(await readdir(join(folder, "tmp"))).toEqual([]);
  });

  test("a shell gets files with modes, links and awkward names", async () => {
    const code: CodePackage = codePackage(
      { "a file/with 'quotes'": "x", "a file/link": "link:with 'quotes'", empty: "", run: "#!", "/opt/layer": "y" },
      ["run"],
    );
    const bootstrap = "/var/task/bootstrap";
    const [first] = providedCode.files;
    start(functionSpec({ runtime: "provided.al2023" }), {
      files: [...code.files, { ...first!, path: bootstrap }],
      sizeBytes: code.sizeBytes + providedCode.sizeBytes,
      content: async function* () {
        yield* code.content();
        yield* providedCode.content();
      },
    });
    await session.ready;
    expect((await invoke(session, { a: 1 })).body).toMatchObject({ event: { a: 1 } });
    expect((await stat(join(folder, "task/run"))).mode & 0o777).toBe(0o755);
    expect((await stat(join(folder, "task/empty"))).size).toBe(0);
    expect((await stat(join(folder, "task/a file/link"))).size).toBe(1);
    expect((await stat(join(folder, "opt/layer"))).size).toBe(1);
  });

  test.each([
    ["nodejs22.x", "index.handler", nodeCode],
    ["python3.13", "app.handler", pythonCode],
    ["provided.al2023", "none", providedCode],
  ] as const)(
    "%s gets large, empty and many files whole, with modes that the umask would change",
    async (runtime, handler, own) => {
      const large = randomBytes(700_001);
      const many = Array.from({ length: 50 }, (_, index) => ({
        path: `/var/task/many/${index}`,
        content: randomBytes(index),
      }));
      const further = [
        { path: "/var/task/empty", content: Buffer.alloc(0) },
        { path: "/var/task/large", content: large },
        ...many,
      ];
      const bytes = Buffer.concat(further.map(({ content }) => content));
      start(functionSpec({ runtime, handler }), {
        files: [
          ...further.map(({ path, content }) => ({ path, mode: 0o666, sizeBytes: content.length })),
          ...own.files,
        ],
        sizeBytes: bytes.length + own.sizeBytes,
        content: async function* () {
          for (let at = 0; at < bytes.length; at += 7_001) yield bytes.subarray(at, at + 7_001);
          yield* own.content();
        },
      });
      await session.ready;
      for (const { path, content } of further) {
        const file = join(folder, path.slice("/var/".length));
        expect((await readFile(file)).equals(content)).toBe(true);
        expect((await stat(file)).mode & 0o777).toBe(0o666);
      }
    },
  );

  test("a file that nobody may read is checked all the same", async () => {
    // These tests may run as root, who reads what has no such mode.
    const cksum = `#!/bin/sh\n[ -z "$(find "$FC_TASK" ! -perm -400)" ] && PATH=\${PATH#*:} exec cksum "$@"`;
    await using strict = await containerGround({ cksum });
    const [bootstrap] = providedCode.files;
    const { session } = strict.start(functionSpec({ runtime: "provided.al2023" }), {
      files: [{ path: "/var/task/program", mode: 0o111, sizeBytes: 1 }, bootstrap!],
      sizeBytes: 1 + providedCode.sizeBytes,
      content: async function* () {
        yield Buffer.from("x");
        yield* providedCode.content();
      },
    });
    await session.ready;
    expect((await stat(join(strict.folder, "task/program"))).mode & 0o777).toBe(0o111);
  });

  test("a compiled bootstrap writes to the log itself, so that every line is in its own invocation's log", async () => {
    // bash stands in for a compiled program: it runs the script that BASH_ENV names.
    const program = await readFile("/bin/bash");
    const script = (await text(Readable.from(providedCode.content()))).replace(">/dev/stderr", ">&2");
    const environment = { GREETING: "", BASH_ENV: join(folder, "task/run.sh") };
    start(functionSpec({ runtime: "provided.al2023", environment }), {
      files: [
        { path: "/var/task/run.sh", mode: 0o644, sizeBytes: Buffer.byteLength(script) },
        { path: "/var/task/bootstrap", mode: 0o755, sizeBytes: program.byteLength },
      ],
      sizeBytes: Buffer.byteLength(script) + program.byteLength,
      content: async function* () {
        yield Buffer.from(script);
        yield program;
      },
    });
    await session.ready;
    expect((await invoke(session, { a: 1 })).result.log).toBe('bootstrap started\nevent {"a":1}\n');
    expect((await invoke(session, { a: 2 })).result.log).toBe('event {"a":2}\n');
    const ended = await invoke(session, { exit: 1 });
    expect(ended.body["errorMessage"]).toMatch(/exit status 3$/);
    session.close();
    if (child.exitCode === null) await once(child, "exit");
    expect(ground.output()).toContain('event {"a":2}\n');
  });

  test("a script's lines are in their own invocation's log, however long they are on their way", async () => {
    // The relay of its output.
    const cat = `#!${process.execPath}
      process.stdin.on("data", (chunk) => setTimeout(() => process.stdout.write(chunk), 100));`;
    await using slow = await containerGround({ cat });
    const { session } = slow.start(functionSpec({ runtime: "provided.al2023" }), providedCode);
    await session.ready;
    expect((await invoke(session, { a: 1 })).result.log).toBe('bootstrap started\nevent {"a":1}\n');
    expect((await invoke(session, { a: 2 })).result.log).toBe('event {"a":2}\n');
    const ended = await invoke(session, { event: "exit" });
    expect(ended.body["errorMessage"]).toMatch(/exit status 3$/);
    expect(ended.result.log).toBe('event {"event":"exit"}\n');
    expect((await invoke(session, { a: 3 })).result.log).toBe('bootstrap started\nevent {"a":3}\n');
    session.close();
    await expect.poll(() => slow.output()).toContain('event {"a":3}\n');
    expect(slow.output()).not.toMatch(/[^\n\x20-\x7e]/);
  });

  test("what the function writes also reaches the container's own output, and its status the container's", async () => {
    start(functionSpec(), codePackage({ "index.mjs": 'console.log("loaded"); process.exit(7);' }));
    // Nobody wants to see this init phase repeated, so that the environment ends with its runtime.
    await expect(session.ready).rejects.toThrow(/exit status 7/);
    session.close();
    const [status] = child.exitCode === null ? ((await once(child, "exit")) as [number]) : [child.exitCode];
    expect(status).toBe(7);
    expect(ground.output()).toContain("loaded");
  });

  test.each([
    ["nodejs22.x", "index.handler", nodeCode, 20],
    ["python3.13", "app.handler", pythonCode, 5],
    ["provided.al2023", "none", providedCode, 1],
  ])("%s tells how much memory it used when that is wanted", async (runtime, handler, code, atLeast) => {
    start(functionSpec({ runtime, handler }), code);
    await session.ready;
    expect((await invoke(session, {})).result).not.toHaveProperty("maxMemoryUsedMb");
    const { maxMemoryUsedMb = 0 } = (await invoke(session, {}, { wantsMemory: true })).result;
    expect(maxMemoryUsedMb).toBeGreaterThanOrEqual(atLeast);
    expect(maxMemoryUsedMb).toBeLessThanOrEqual(256);
  });

  describe.each([
    ["nodejs22.x", "index.handler", nodeCode, { exit: 3 }],
    ["python3.13", "app.handler", pythonCode, { exit: 3 }],
    ["provided.al2023", "none", providedCode, { event: "exit" }],
  ])("%s", (runtime, handler, code, exits) => {
    test("begins anew after an exit, in the same environment, with what is on the disk", async () => {
      start(functionSpec({ runtime, handler }), code);
      await session.ready;
      expect((await invoke(session, {})).result.log).toMatch(/module loaded|bootstrap started/);
      await writeFile(join(folder, "tmp/kept"), "");
      for (const _round of [1, 2]) {
        expect((await invoke(session, exits)).body["errorMessage"]).toMatch(/exit status 3$/);
        const { result, body } = await invoke(session, { again: true });
        expect(result.outcome, JSON.stringify(body)).toBe("success");
        expect(result.log).toMatch(/module loaded|bootstrap started/);
        expect((await invoke(session, {})).result.log).not.toMatch(/module loaded|bootstrap started/);
      }
      expect(await readdir(join(folder, "tmp"))).toEqual(["kept"]);
      expect(child.exitCode).toBeNull();
    });
  });

  test("a function beyond its deadline is killed with everything that it started, also what left its process group", async () => {
    const ticks = join(folder, "tmp/ticks");
    const text = `
      import { spawn } from "node:child_process";
      console.log("module loaded");
      export const handler = async ({ write }) => {
        if (!write) return "fine";
        const script = 'while echo x >>"$1"; do sleep 0.01; done';
        for (const detached of [false, true])
          spawn("/bin/sh", ["-c", script, "sh", write], { detached, stdio: "ignore" }).unref();
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      };`;
    start(functionSpec({ timeoutSeconds: 1 }), codePackage({ "index.mjs": text }));
    await session.ready;
    const late = await invoke(session, { write: ticks }, { timeoutMs: 1_000 });
    expect(late.body["errorMessage"]).toBe(`RequestId: ${late.requestId} Error: Task timed out after 1.00 seconds`);
    // The next event runs after everything of the last one is gone.
    expect((await invoke(session, {})).result.outcome).toBe("success");
    const { size } = await stat(ticks);
    expect(size).toBeGreaterThan(0);
    expect(await processesNaming(ticks)).toEqual([]);
    expect((await stat(ticks)).size).toBe(size);
  });

  test("an environment ends with the server's interest in it", async () => {
    start(functionSpec(), nodeCode);
    await session.ready;
    const running = invoke(session, { sleepMs: 60_000 });
    session.close();
    expect((await running).result.errorType).toBe("Runtime.ExitError");
    expect(await once(child, "exit")).toEqual([143, null]);
  });

  test("a gate that is not the server's ends the process at once", async () => {
    start(functionSpec(), nodeCode);
    session.close();
    await once(child, "exit");
    expect(child.exitCode).not.toBe(0);
  });
});

/** Command lines of processes of this machine that have the text as an argument. */
async function processesNaming(text: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "")));
  return lines.filter((line) => line.split("\0").includes(text));
}
