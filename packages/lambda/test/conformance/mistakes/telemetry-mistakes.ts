import { brokenEnvironment, brokenRequest } from "../broken.ts";
import type { Mistake, MistakeRow } from "../mistake.ts";

/** Tells extensions something else of every event whose line has this text; null: nothing. */
function brokenEvents(having: string, breakIt: (line: string) => string | null): Mistake {
  return brokenEnvironment((environment) => ({
    logs: async () =>
      (await environment.logs())
        ?.split("\n")
        .map((line) => (line.startsWith("telemetry ") && line.includes(having) ? breakIt(line) : line))
        .filter((line) => line !== null)
        .join("\n"),
  }));
}

export const telemetryMistakes: readonly MistakeRow[] = [
  [
    "tells who subscribes nothing of what was before",
    brokenEvents('"platform.initStart"', () => null),
    ["telemetry: an extension that subscribes is told of the init phase"],
  ],
  [
    "tells extensions nothing of what the function writes",
    brokenEvents('"function"', () => null),
    [
      "telemetry: an extension that subscribes is told of the init phase",
      "telemetry: an extension that subscribes is told of every invocation",
    ],
  ],
  [
    "tells extensions of a line when its invocation is over",
    brokenEnvironment((environment) => ({
      logs: async () => (await environment.logs())?.replaceAll(/^(.*"function".*\n)(.*runtimeDone.*\n)/gm, "$2$1"),
    })),
    ["telemetry: an extension that subscribes is told of every invocation"],
  ],
  [
    "tells extensions that all is well",
    brokenEvents('"error"', (line) => line.replace('"error"', '"success"')),
    ["telemetry: an invocation that fails"],
  ],
  [
    "knows no log formats",
    brokenRequest((request) => {
      const { logging: _, ...spec } = request.spec;
      return { ...request, spec };
    }),
    ["configuration: the function knows in which format"],
  ],
];
