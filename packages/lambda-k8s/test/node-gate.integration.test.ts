import { cp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ContainerGround, containerGround, runtimeFolder } from "./container-ground.ts";
import { codePackage, functionSpec } from "./function-samples.ts";
import { invoke } from "./invoke.ts";

describe("the gate of Node, while nobody needs its Pod", () => {
  let ground: ContainerGround;
  beforeEach(async () => {
    ground = await containerGround();
  });
  afterEach(() => ground[Symbol.asyncDispose]());

  /** A client like AWS's: one module that imports nothing, beside its addon. */
  const awsClient = async (): Promise<string> => {
    const folder = join(ground.folder, "runtime");
    await cp(runtimeFolder("node"), folder, { recursive: true });
    await rename(join(folder, "index.mjs"), join(folder, "client.mjs"));
    const seen = '[process.argv[2], process.env.GREETING, "fcGate" in globalThis]';
    const text = `#!/usr/bin/env node\nconsole.log(JSON.stringify(${seen}));\nawait import("./client.mjs");`;
    await writeFile(join(folder, "index.mjs"), text);
    await writeFile(join(folder, "rapid-client.node"), "");
    return folder;
  };
  const code = codePackage({
    "index.mjs": "export const handler = async (event) => ({ event, keys: Object.keys(globalThis) });",
  });
  const spec = functionSpec({ environment: { GREETING: "hello" } });

  test("reads AWS's client, runs it only when the function is there, and leaves nothing of what it did", async () => {
    const folder = await awsClient();
    const left: string[] = [];
    const { session } = ground.start(spec, code, {
      runtimeFolder: folder,
      whileWaiting: async () => {
        left.push(...(await readdir(join(ground.folder, "tmp"))));
        await writeFile(join(folder, "index.mjs"), 'throw new Error("read only now");');
      },
    });
    await session.ready;
    const { body, result } = await invoke(session, { a: 1 });
    expect(result.log).toContain('["index.handler","hello",false]\n');
    expect(body).toMatchObject({ event: { a: 1 }, keys: expect.not.arrayContaining(["fcGate"]) });
    expect(left).toEqual([]);
  });

  test("does without the rehearsal where there is no place for it", async () => {
    await rm(join(ground.folder, "tmp"), { recursive: true });
    const { session } = ground.start(spec, code);
    await session.ready;
    expect((await invoke(session, { a: 1 })).body).toMatchObject({ event: { a: 1 } });
  });

  test("keeps what the function has on the disk when its runtime begins anew", async () => {
    const { session } = ground.start(spec, codePackage({ "index.mjs": restarting }), {
      runtimeFolder: await awsClient(),
    });
    await session.ready;
    await invoke(session, {});
    expect((await invoke(session, {})).body).toEqual([".fc"]);
  });
});

const restarting = `
  import { existsSync, mkdirSync, readdirSync } from "node:fs";
  export const handler = async () => {
    const folder = process.env.FC_TEST_LAYER.replace(/opt\\/layer.txt$/, "tmp");
    if (existsSync(folder + "/.fc")) return readdirSync(folder);
    mkdirSync(folder + "/.fc");
    process.exit(1);
  };`;
