import { changed } from "@fc/core/conformance";
import type { EnvironmentLog } from "../../../src/backend/index.ts";
import { brokenBackend, brokenEnvironment, brokenRequest, brokenResult } from "../broken.ts";
import type { Mistake, MistakeRow } from "../mistake.ts";

export const logMistakes: readonly MistakeRow[] = [
  [
    "gives every invocation the whole log",
    brokenResult(async (result, environment) => ({ ...result, log: (await environment.logs()) ?? "" })),
    ["logs: an invocation has what it wrote", "logs: what was written in the init phase"],
  ],
  [
    "forgets what the init phase wrote",
    brokenResult((result) => ({ ...result, log: result.log.replace("probe loaded\n", "") })),
    ["logs: what was written in the init phase", "languages: a custom runtime runs"],
  ],
  [
    "puts all environments into one log",
    brokenBackend((backend) => {
      let all = "";
      return {
        launch: async (request, options) => {
          const environment = await backend.launch(request, options);
          return changed(environment, {
            invoke: async (invocation) => {
              const result = await environment.invoke(invocation);
              all += result.log;
              return { ...result, log: all };
            },
          });
        },
      };
    }),
    ["logs: environments have logs of their own"],
  ],
  [
    "keeps the beginning of a long log",
    brokenResult((result) => ({ ...result, log: result.log.slice(0, 40_000) })),
    ["logs: of a long log"],
  ],
  [
    "has no log of what fails",
    brokenResult((result) => (result.outcome === "success" ? result : { ...result, log: "" })),
    ["logs: an invocation that fails"],
  ],
  [
    "has no whole log",
    brokenEnvironment(() => ({ logs: () => Promise.resolve(undefined) })),
    ["logs: an environment's whole log"],
  ],
  [
    "gives the launch's log nothing",
    brokenRequest(({ log: _, ...request }) => request),
    ["logs: the launch's own log"],
  ],
  [
    "names another log stream than the launch's",
    brokenLog((log) => ({ ...log, streamName: "other" })),
    ["logs: the launch's own log"],
  ],
  [
    "gives the launch's log an invocation's lines when it is over",
    brokenLog((log) => ({ ...log, write: (line) => void setTimeout(() => log.write(line), 600).unref() })),
    ["logs: the launch's own log"],
  ],
  [
    "cuts the lines of the launch's log",
    brokenLog((log) => ({ ...log, write: (line) => log.write({ ...line, text: line.text.slice(0, 65_536) }) })),
    ["logs: the launch's own log"],
  ],
];

function brokenLog(breakIt: (log: EnvironmentLog) => EnvironmentLog): Mistake {
  return brokenRequest((request) => (request.log === undefined ? request : { ...request, log: breakIt(request.log) }));
}
