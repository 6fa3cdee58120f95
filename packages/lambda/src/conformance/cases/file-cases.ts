import assert from "node:assert/strict";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";

export const fileCases: readonly ConformanceCase[] = casesOf("files", (add) => {
  add("files keep their content and whether they may be executed", async ({ launch, probe, invoke }) => {
    const files = { "lib/run.sh": { text: "#!/bin/sh\n", mode: 0o755 }, "lib/zwölf.txt": "€", "empty.txt": "" };
    const environment = await launch(probe({ files }));
    const program = (await invoke(environment, { do: "file", path: "lib/run.sh" })).body;
    assert.equal(program["text"], "#!/bin/sh\n");
    assert.equal(Number(program["mode"]) & 0o555, 0o555, "it cannot be executed");
    const text = (await invoke(environment, { do: "file", path: "lib/zwölf.txt" })).body;
    assert.equal(text["text"], "€");
    assert.equal(Number(text["mode"]) & 0o111, 0, "it can be executed");
    assert.equal((await invoke(environment, { do: "file", path: "empty.txt" })).body["text"], "");
  });

  add("symbolic links stay links, and lead to their files", async ({ launch, probe, invoke }) => {
    const files = { "lib/link.txt": { link: "../real/file.txt" }, "real/file.txt": "real" };
    const { body } = await invoke(await launch(probe({ files })), { do: "file", path: "lib/link.txt" });
    assert.equal(body["text"], "real");
    assert.equal(body["link"], "../real/file.txt");
  });

  add("modules of a layer can be loaded", async ({ launch, probe, invoke }) => {
    const files = { "/opt/nodejs/node_modules/layered/index.js": "exports.text = 'from the layer';" };
    const { body } = await invoke(await launch(probe({ files })), { do: "require", module: "layered" });
    assert.deepEqual(body, { text: "from the layer" });
  });

  add(
    "code is in /var/task, and layers in /opt",
    async ({ launch, probe, invoke }) => {
      const files = { "/opt/data/layer.txt": "layer", "data.txt": "code" };
      const environment = await launch(probe({ files }));
      assert.equal((await invoke(environment, { do: "file", path: "/opt/data/layer.txt" })).body["text"], "layer");
      assert.equal((await invoke(environment, { do: "file", path: "/var/task/data.txt" })).body["text"], "code");
    },
    { needs: ["ownFiles"] },
  );

  add(
    "/tmp holds more than the memory, is kept between events, and is the environment's own",
    async ({ launch, probe, invoke }) => {
      const [writer, other] = await Promise.all([launch(probe({ memorySizeMb: 128 })), launch(probe())]);
      const { body } = await invoke(
        writer,
        { do: "fill", path: "/tmp/fc-much", megabytes: 160 },
        { timeoutMs: 50_000 },
      );
      assert.deepEqual(body, { bytes: 160 << 20 });
      assert.deepEqual((await invoke(writer, { do: "exists", path: "/tmp/fc-much" })).body, { exists: true });
      assert.deepEqual((await invoke(other, { do: "exists", path: "/tmp/fc-much" })).body, { exists: false });
    },
    { needs: ["ownFiles"] },
  );
});
