import assert from "node:assert/strict";
import type { LaunchRequest } from "../../backend/index.ts";
import type { Bench, ProbeOptions } from "../bench.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { initFails } from "../expectations.ts";

const asked = { do: "environment", names: ["GREETING"] };

/** A function with a wrapper, which sets GREETING and starts what it is given. */
function wrapped(probe: Bench["probe"], path: string, options: ProbeOptions = {}, mode = 0o755): LaunchRequest {
  const text = '#!/bin/bash\nexport GREETING=wrapped\nexec "$@"\n';
  const environment = { AWS_LAMBDA_EXEC_WRAPPER: path, GREETING: "plain" };
  return probe({ environment, files: { [path]: { text, mode } }, ...options });
}

export const wrapperCases: readonly ConformanceCase[] = casesOf("wrappers", (add) => {
  add(
    "a wrapper of a layer starts the runtime",
    async ({ launch, probe, invoke }) => {
      const environment = await launch(wrapped(probe, "/opt/bin/wrapper"));
      assert.deepEqual((await invoke(environment, asked)).body, { GREETING: "wrapped" });
    },
    { needs: ["execWrapper"] },
  );

  add(
    "a wrapper of the code starts a Python runtime",
    async ({ launch, probe, invoke, abilities: { python: runtime } }) => {
      const environment = await launch(wrapped(probe, "/var/task/wrapper", { runtime }));
      assert.deepEqual((await invoke(environment, asked)).body, { GREETING: "wrapped" });
    },
    { needs: ["execWrapper", "python"] },
  );

  add(
    "an OS-only runtime is started without its wrapper",
    async ({ launch, probe, invoke, abilities: { customRuntime: runtime } }) => {
      const environment = await launch(wrapped(probe, "/opt/bin/wrapper", { runtime }));
      assert.equal((await invoke(environment, {})).body["greeting"], "plain");
    },
    { needs: ["execWrapper", "customRuntime"] },
  );

  add(
    "a wrapper that does not exist fails the init phase in AWS's words",
    async ({ launch, probe }) => {
      const environment = { AWS_LAMBDA_EXEC_WRAPPER: "/opt/absent" };
      await initFails(launch(probe({ environment })), {
        errorType: "Runtime.ExitError",
        message: /Error: Runtime exited with error: exit status 127$/,
        log: "/opt/absent: does not exist\n",
      });
    },
    { needs: ["execWrapper"] },
  );

  add(
    "a wrapper that may not be executed fails the init phase in AWS's words",
    async ({ launch, probe }) => {
      await initFails(launch(wrapped(probe, "/opt/bin/wrapper", {}, 0o644)), {
        errorType: "Runtime.ExitError",
        message: /Error: Runtime exited with error: exit status 126$/,
        log: "/opt/bin/wrapper: is not an executable\n",
      });
    },
    { needs: ["execWrapper"] },
  );
});
