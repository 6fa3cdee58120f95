import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { initFails } from "../expectations.ts";

export const initCases: readonly ConformanceCase[] = casesOf("init", (add) => {
  add(
    "an error while the code is loaded fails the launch with its type, message and log",
    async ({ launch, probe }) => {
      const files = { "index.mjs": "console.log('loading'); throw new RangeError('too far');" };
      await initFails(launch(probe({ files })), { errorType: "RangeError", message: /^too far$/, log: "loading" });
    },
  );

  add("a module that is missing is Runtime.ImportModuleError", async ({ launch, probe }) => {
    // Required, not imported: AWS's own client only knows the error of require by this name.
    const files = {
      "index.mjs":
        "import { createRequire } from 'node:module'; createRequire(import.meta.url)('nowhere-to-be-found');",
    };
    await initFails(launch(probe({ files })), {
      errorType: "Runtime.ImportModuleError",
      message: /nowhere-to-be-found/,
    });
    await initFails(launch(probe({ handler: "absent.handler" })), {
      errorType: "Runtime.ImportModuleError",
      message: /absent/,
    });
  });

  add("a handler that is missing is Runtime.HandlerNotFound", async ({ launch, probe }) => {
    await initFails(launch(probe({ handler: "index.absent" })), {
      errorType: "Runtime.HandlerNotFound",
      message: /^index\.absent is undefined or not exported$/,
    });
  });

  add("an exit in the init phase is Runtime.ExitError with its status and log", async ({ launch, probe }) => {
    const files = { "index.mjs": "console.log('bye'); process.exit(5);" };
    await initFails(launch(probe({ files })), {
      errorType: "Runtime.ExitError",
      message: /^RequestId: [-0-9a-f]{36} Error: Runtime exited with error: exit status 5$/,
      log: "bye",
    });
  });

  add("an init phase that takes too long is ended as Sandbox.Timedout", async ({ launch, probe }) => {
    const files = { "index.mjs": "await new Promise((resolve) => setTimeout(resolve, 60_000));" };
    await initFails(launch(probe({ files, initTimeoutMs: 1_000 })), {
      errorType: "Sandbox.Timedout",
      message: /^RequestId: [-0-9a-f]{36} Error: Task timed out after 1\.00 seconds$/,
    });
  });
});
