import { changed } from "@fc/core/conformance";
import { BackendError, type ExecutionEnvironment } from "../../../src/backend/index.ts";
import { brokenBackend, brokenEnvironment, brokenRequest } from "../broken.ts";
import type { MistakeRow } from "../mistake.ts";

const never = new AbortController().signal;

export const launchMistakes: readonly MistakeRow[] = [
  [
    "calls all environments the same",
    brokenEnvironment(() => ({ id: "the one" })),
    ["launch: an environment has an id"],
  ],
  [
    "gives an environment twice",
    brokenBackend((backend) => {
      let first: Promise<ExecutionEnvironment> | undefined;
      return { launch: (request, options) => (first ??= backend.launch(request, options)) };
    }),
    ["launch: many launches at once", "configuration: versions of a function"],
  ],
  [
    "has one environment work at a time",
    brokenBackend((backend) => {
      let last: Promise<unknown> = Promise.resolve();
      return {
        launch: async (request, options) => {
          const environment = await backend.launch(request, options);
          return changed(environment, {
            invoke: (invocation) => {
              const result = last.then(() => environment.invoke(invocation));
              last = result.catch(() => undefined);
              return result;
            },
          });
        },
      };
    }),
    ["launch: environments work at the same time"],
  ],
  [
    "runs every runtime as if it were Node.js",
    brokenRequest((request) => ({ ...request, spec: { ...request.spec, runtime: "nodejs22.x" } })),
    ["launch: a runtime that the backend does not have", "languages: a custom runtime runs"],
  ],
  ["prepares whatever it is given", brokenBackend(() => ({ prepare: () => Promise.resolve() })), ["launch: preparing"]],
  [
    "blames the infrastructure for the function's faults",
    brokenBackend((backend) => ({
      launch: (request, options) =>
        backend.launch(request, options).catch((error: Error) => {
          throw new BackendError("FC_LAMBDA_LAUNCH_FAILED", error.message);
        }),
    })),
    [
      "launch: a runtime that the backend does not have",
      "init: an error while the code is loaded",
      "init: a module that is missing",
      "init: a handler that is missing",
      "init: an exit in the init phase",
      "init: an init phase that takes too long",
      "languages: a Python module or handler",
      "languages: a custom runtime without a bootstrap",
    ],
  ],
  [
    "keeps no log of the init phase",
    brokenBackend((backend) => ({
      launch: (request, options) =>
        backend.launch(request, options).catch((error: BackendError) => {
          throw new BackendError("FC_LAMBDA_INIT_FAILED", error.message, { details: { ...error.details, log: "" } });
        }),
    })),
    ["init: an error while the code is loaded", "init: an exit in the init phase"],
  ],
  [
    "goes on with a launch that nobody wants any more",
    brokenBackend((backend) => ({
      launch: (request, { signal }) =>
        Promise.race([
          backend.launch(request, { signal: never }),
          new Promise<never>((_, reject) => {
            if (signal.aborted) reject(signal.reason);
            signal.addEventListener("abort", () => reject(signal.reason));
          }),
        ]),
    })),
    [
      "abort: a launch that is not wanted",
      "abort: a launch that is aborted at once",
      "abort: a launch that is aborted when its code",
      "abort: a launch that is aborted in the init phase",
    ],
  ],
  [
    "ends the environment with its launch's signal",
    brokenBackend((backend) => ({
      launch: async (request, options) => {
        const environment = await backend.launch(request, options);
        options.signal.addEventListener("abort", () => void environment.terminate());
        return environment;
      },
    })),
    ["abort: what aborts after a launch is done"],
  ],
  [
    "shares state between environments",
    { sharedState: true },
    ["launch: many launches at once", "files: /tmp holds more"],
  ],
];
