import { brokenRequest, brokenResult } from "../broken.ts";
import type { MistakeRow } from "../mistake.ts";

export const resetMistakes: readonly MistakeRow[] = [
  [
    "goes on with a runtime that has failed",
    { reset: "keeps state" },
    [
      "reset: a runtime that exited begins anew",
      "reset: a function beyond its deadline begins anew",
      "errors: an exit is Runtime.ExitError",
      "errors: an exit with status 0",
      "errors: a function beyond its deadline",
    ],
  ],
  [
    "lets processes of a dead function go on",
    { reset: "keeps processes" },
    ["reset: of a function beyond its deadline"],
  ],
  ["empties /tmp when a runtime begins anew", { reset: "loses files" }, ["reset: what is in /tmp"]],
  [
    "starts no extensions",
    brokenRequest((request) => {
      // They are last.
      const files = request.code.files.filter(({ path }) => !path.startsWith("/opt/extensions/"));
      return { ...request, code: { ...request.code, files } };
    }),
    [
      "extensions: an extension starts before",
      "extensions: an extension that exits before",
      "extensions: an extension that says that it cannot start",
      "extensions: an extension that cannot be executed",
      "extensions: an extension that exits at work",
      "extensions: an extension that says that it cannot go on",
      "extensions: an extension begins anew",
      "telemetry: an extension that subscribes is told of the init phase",
      "telemetry: an extension that subscribes is told of every invocation",
      "telemetry: an invocation that fails",
    ],
  ],
  [
    "does not wait for extensions",
    brokenRequest((request) => {
      // What they leave for the runtime comes too late.
      const { MARK: _, ...environment } = request.spec.environment;
      return { ...request, spec: { ...request.spec, environment } };
    }),
    ["extensions: an extension starts before"],
  ],
  [
    "does not repeat an init phase that failed",
    brokenRequest((request) => ({ ...request, retryInit: false })),
    [
      "reset: an init phase that failed is repeated",
      "reset: an init phase that fails again",
      "reset: an init phase that takes",
    ],
  ],
  [
    "does not tell of init phases that failed",
    brokenResult((result) => ({ ...result, log: result.log.replaceAll(/INIT_REPORT.*\n/g, "") })),
    ["reset: an init phase that fails again", "reset: an init phase that takes"],
  ],
];
