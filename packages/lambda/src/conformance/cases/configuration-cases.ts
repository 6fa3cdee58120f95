import assert from "node:assert/strict";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";

/** Set in this process while a case runs: a function must not see it. */
const canary = "FC_CONFORMANCE_CANARY";

export const configurationCases: readonly ConformanceCase[] = casesOf("configuration", (add) => {
  add("environment variables come as they were given", async ({ launch, probe, invoke }) => {
    const environment = {
      PLAIN: "value",
      EMPTY: "",
      QUOTES: `'single' "double" \`back\``,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell would expand it, so it is here
      EXPANSION: "$HOME $(HOME) $$ %PATH% \\n ${HOME}",
      LINES: "one\ntwo\r\n\tthree\n",
      WORDS: "zwölf € 🦆",
      SPACES: "  around  ",
      LONG: "x".repeat(3_000),
    };
    const names = [...Object.keys(environment), "ABSENT"];
    const { body } = await invoke(await launch(probe({ environment })), { do: "environment", names });
    assert.deepEqual(body, { ...environment, ABSENT: null });
  });

  add("the variables that Lambda reserves are set, whatever the function's own say", async (bench) => {
    const { launch, probe, invoke } = bench;
    const reserved = {
      _HANDLER: "index.handler",
      AWS_REGION: "eu-central-1",
      AWS_DEFAULT_REGION: "eu-central-1",
      AWS_LAMBDA_FUNCTION_NAME: "probe",
      AWS_LAMBDA_FUNCTION_VERSION: "3",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/probe",
    };
    const credentials = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
    const names = [...Object.keys(reserved), ...credentials, "AWS_LAMBDA_LOG_STREAM_NAME", "LAMBDA_TASK_ROOT"];
    const own = { AWS_REGION: "mars", AWS_LAMBDA_FUNCTION_NAME: "impostor" };
    const { body } = await invoke(await launch(probe({ version: "3", environment: own })), {
      do: "environment",
      names,
    });
    assert.deepEqual({ ...body, ...reserved }, body);
    for (const name of names) assert.ok(typeof body[name] === "string" && body[name] !== "", `${name} is not set`);
  });

  add("the function knows in which format it shall log, and from which level on", async (bench) => {
    const { launch, probe, invoke } = bench;
    const names = ["AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL"];
    const json = { format: "JSON", applicationLevel: "WARN", systemLevel: "INFO" } as const;
    for (const [over, values] of [
      [{}, ["Text", null]],
      [{ logging: json, deployId: "probe-json" }, ["JSON", "WARN"]],
    ] as const) {
      const { body } = await invoke(await launch(probe(over)), { do: "environment", names });
      assert.deepEqual(
        names.map((name) => body[name]),
        values,
      );
    }
  });

  add("the variables of the backend's own process stay there", async ({ launch, probe, invoke }) => {
    const { env } = process;
    env[canary] = "secret";
    try {
      const { body } = await invoke(await launch(probe()), { do: "environment", names: [canary] });
      assert.deepEqual(body, { [canary]: null });
    } finally {
      delete env[canary];
    }
  });

  add(
    "the most memory that was used is told to who wants it, also when a deadline ends the environment",
    async ({ launch, probe, invoke }) => {
      const environment = await launch(probe({ timeoutSeconds: 1 }));
      const held = async (megabytes: number, ms: number, timeoutMs: number): Promise<number> =>
        (await invoke(environment, { do: "hold", megabytes, ms }, { wantsMemory: true, timeoutMs })).result
          .maxMemoryUsedMb ?? 0;
      const before = await held(1, 0, 20_000);
      assert.ok(before >= 1, `${before} MB`);
      const after = await held(80, 0, 20_000);
      assert.ok(after > before + 60 && after <= 256, `${after} MB, and ${before} MB before it held 80 MB more`);
      const last = await held(0, 60_000, 1_000);
      assert.ok(last >= after, `${last} MB at the end, and ${after} MB before`);
    },
    { needs: ["memoryUse"] },
  );

  add("versions of a function run their own code and configuration at the same time", async (bench) => {
    const { launch, probe, invoke } = bench;
    const versions = ["1", "2", "$LATEST"];
    const environments = await Promise.all(
      versions.map((version) =>
        launch(
          probe({
            version,
            deployId: `probe-${version.replace("$", "")}`,
            environment: { VERSION: version },
            files: { "marker.txt": `code of ${version}` },
          }),
        ),
      ),
    );
    for (const [index, environment] of environments.entries()) {
      const marker = await invoke(environment, { do: "file", path: "marker.txt" });
      assert.equal(marker.body["text"], `code of ${versions[index]}`);
      const { body } = await invoke(environment, { do: "environment", names: ["VERSION"] });
      assert.deepEqual(body, { VERSION: versions[index] });
    }
  });
});
