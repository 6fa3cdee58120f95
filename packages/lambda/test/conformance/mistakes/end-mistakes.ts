import { BackendError, type InvocationResult } from "../../../src/backend/index.ts";
import { brokenEnvironment, brokenResult } from "../broken.ts";
import type { MistakeRow } from "../mistake.ts";

const nothing: InvocationResult = { outcome: "success", payload: Buffer.from("null"), log: "", durationMs: 1 };

export const endMistakes: readonly MistakeRow[] = [
  [
    "takes a function error for an answer",
    brokenResult((result) => ({ ...result, outcome: "success" })),
    [
      "errors: a promise that is rejected",
      "errors: what the handler throws",
      "errors: an exit is Runtime.ExitError",
      "errors: an exit with status 0",
      "errors: a function that is killed",
      "errors: a function that needs more",
      "errors: a function beyond its deadline",
      "end: an event that runs when",
      "end: an event that was seen",
      "end: a runtime that exits by itself",
      "logs: an invocation that fails",
      "languages: a Python function that raises",
      "languages: a custom runtime runs",
      "streams: a function that exits",
    ],
  ],
  [
    "ends an environment for every function error",
    brokenResult(async (result, environment) => {
      if (result.outcome === "unhandled") await environment.terminate();
      return result;
    }),
    ["errors: a promise that is rejected", "errors: what the handler throws"],
  ],
  [
    "invents an answer when there is no environment any more",
    brokenEnvironment((environment) => ({
      invoke: (invocation) => environment.invoke(invocation).catch(() => nothing),
    })),
    ["end: an environment that is terminated", "end: an idle environment that is lost"],
  ],
  [
    "calls an event undelivered whenever its environment ends",
    brokenResult((result) => {
      if (result.errorType !== "Runtime.ExitError") return result;
      throw new BackendError("FC_LAMBDA_NOT_DELIVERED", "the environment has ended");
    }),
    ["end: an event that runs when", "end: an event that was seen", "errors: an exit is Runtime.ExitError"],
  ],
  [
    "never tells that an environment has ended",
    brokenEnvironment(() => ({ ended: new Promise(() => undefined) })),
    [
      "end: an environment that is terminated",
      "end: a runtime that exits by itself",
      "end: an idle environment that is lost",
      "owner: disposing of the backend ends its environments",
    ],
  ],
  [
    "calls every end lost",
    brokenEnvironment(() => ({ ended: Promise.resolve({ reason: "lost", detail: "somehow" }) })),
    ["end: terminating again"],
  ],
  [
    "cannot end what has ended",
    brokenEnvironment((environment) => {
      let ended = false;
      return {
        terminate: () => {
          if (ended) throw new Error("it has ended already");
          ended = true;
          return environment.terminate();
        },
      };
    }),
    ["end: terminating again"],
  ],
  [
    "does not wait until an environment is gone",
    brokenEnvironment((environment) => ({
      terminate: () => {
        setImmediate(() => void environment.terminate());
        return Promise.resolve();
      },
    })),
    ["end: terminate resolves when"],
  ],
];
