import type { ExecutionEnvironment } from "../../../src/backend/index.ts";
import { brokenBackend } from "../broken.ts";
import type { MistakeRow } from "../mistake.ts";

export const ownerMistakes: readonly MistakeRow[] = [
  [
    "says that it is not well",
    brokenBackend(() => ({ health: () => Promise.resolve({ ready: false, detail: "out of sorts" }) })),
    ["owner: health says"],
  ],
  [
    "reaps what lives",
    brokenBackend((backend) => {
      const launched: ExecutionEnvironment[] = [];
      return {
        launch: async (request, options) => {
          const environment = await backend.launch(request, options);
          launched.push(environment);
          return environment;
        },
        reapStale: async () => {
          await Promise.all(launched.map((environment) => environment.terminate()));
          return 0;
        },
      };
    }),
    ["owner: reaping takes nothing"],
  ],
  [
    "does not end what it runs",
    brokenBackend(() => ({ [Symbol.asyncDispose]: () => Promise.resolve() })),
    [
      "owner: disposing of the backend ends its environments",
      "owner: disposing of the backend leaves nothing",
      "owner: disposing of the backend ends the launches",
    ],
  ],
];
