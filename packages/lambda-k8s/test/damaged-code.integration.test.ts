import { FcError } from "@fc/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ContainerGround, containerGround } from "./container-ground.ts";
import { type Damage, startDamagingProxy } from "./damaging-proxy.ts";
import { codePackage, functionSpec } from "./function-samples.ts";

const mark = "MARKED";
const runs = "the function runs";
const bootstrap = codePackage({ data: mark, bootstrap: `#!/bin/bash\necho "${runs}"` }, ["bootstrap"]);
const samples = [
  ["nodejs22.x", "index.handler", codePackage({ data: mark, "index.mjs": `console.log("${runs}");` })],
  ["python3.13", "app.handler", codePackage({ data: mark, "app.py": `print("${runs}")` })],
  ["provided.al2023", "none", bootstrap],
] as const;

describe.each(samples)("code for %s that is damaged on its way", (runtime, handler, code) => {
  let ground: ContainerGround;
  beforeEach(async () => {
    ground = await containerGround();
  });
  afterEach(() => ground[Symbol.asyncDispose]());

  const damaged = async (damage: Damage, where: string): Promise<unknown> => {
    await using proxy = await startDamagingProxy(ground.port, where, damage);
    const { session } = ground.start(functionSpec({ runtime, handler }), code, { gatePort: proxy.port });
    return await session.ready.then(
      () => undefined,
      (error: unknown) => error,
    );
  };

  // The content of a file, and what stands before the files.
  test.each([mark, "hello 'world'".slice(0, 5)])(
    "by a bit in %s: none of it runs, and the launch says why",
    async (where) => {
      expect(await damaged("changed", where)).toMatchObject({
        code: "FC_LAMBDA_LAUNCH_FAILED",
        // Another Pod is made.
        details: { end: "lost" },
        message: expect.stringContaining("its gate refused the code: the code arrived damaged"),
      });
      expect(ground.output()).not.toContain(runs);
    },
  );

  test("by an early end: none of it runs, and the launch says why", async () => {
    expect(await damaged("cut", mark)).toMatchObject({
      code: "FC_LAMBDA_LAUNCH_FAILED",
      details: { end: "lost" },
      message: expect.stringMatching(/did not arrive whole|hung up before it had the code/),
    });
    expect(ground.output()).not.toContain(runs);
  });
});

test("code that the store has damaged: the launch says so, and not that a connection ended", async () => {
  await using ground = await containerGround();
  const [, , code] = samples[0];
  const content = async function* (): AsyncIterable<Uint8Array> {
    for await (const piece of code.content()) yield piece.subarray(1);
    throw new FcError("FC_BLOB_CORRUPT", "/data/blobs/x is damaged");
  };
  const { session } = ground.start(functionSpec({ runtime: "nodejs22.x", handler: "index.handler" }), {
    ...code,
    content,
  });
  await expect(session.ready).rejects.toMatchObject({
    message: expect.stringContaining("the code could not be read: /data/blobs/x is damaged"),
  });
});
