import { BackendError, type InvocationResult } from "../../../src/backend/index.ts";
import { brokenEnvironment, brokenInvocation, brokenResult } from "../broken.ts";
import type { MistakeRow } from "../mistake.ts";

const nothing: InvocationResult = { outcome: "success", payload: Buffer.from("null"), log: "", durationMs: 1 };

export const invokeMistakes: readonly MistakeRow[] = [
  [
    "takes events for Latin-1",
    brokenInvocation((invocation) => ({
      ...invocation,
      payload: Buffer.from(Buffer.from(invocation.payload).toString("latin1")),
    })),
    ["invoke: events and answers", "invoke: an event of 6 MiB", "languages: a Python function has its event"],
  ],
  [
    "loses large answers",
    brokenResult((result) =>
      result.payload.byteLength > 1_000_000 ? { ...result, payload: Buffer.from("{}") } : result,
    ),
    ["invoke: an answer of 6 MiB"],
  ],
  [
    "answers nothing with nothing",
    brokenResult((result) => (result.payload.byteLength === 4 ? { ...result, payload: Buffer.alloc(0) } : result)),
    ["invoke: a function that answers nothing"],
  ],
  [
    "tells no use of memory",
    brokenResult(({ maxMemoryUsedMb: _, ...result }) => result),
    ["configuration: the most memory"],
  ],
  [
    "starts anew for every event",
    brokenEnvironment((_, launchAnother) => ({
      invoke: async (invocation) => await (await launchAnother()).invoke(invocation),
    })),
    ["invoke: an environment keeps its state", "files: /tmp holds more"],
  ],
  [
    "loses the tenth event",
    brokenEnvironment((environment) => {
      let events = 0;
      return {
        invoke: (invocation) => {
          events += 1;
          return events === 10 ? Promise.resolve(nothing) : environment.invoke(invocation);
        },
      };
    }),
    ["invoke: twenty quick events"],
  ],
  [
    "runs two events at once",
    {
      sharedState: true,
      ...brokenEnvironment((environment, launchAnother) => {
        let busy = false;
        return {
          invoke: async (invocation) => {
            if (busy) return await (await launchAnother()).invoke(invocation);
            busy = true;
            return await environment.invoke(invocation).finally(() => {
              busy = false;
            });
          },
        };
      }),
    },
    ["invoke: an environment never runs two"],
  ],
  [
    "runs an event that it refused",
    brokenEnvironment((environment) => {
      let last: Promise<unknown> | undefined;
      return {
        invoke: async (invocation) => {
          if (last !== undefined) {
            last = last.then(() => environment.invoke(invocation));
            throw new BackendError("FC_LAMBDA_NOT_DELIVERED", "the environment is busy");
          }
          const running = environment.invoke(invocation);
          last = running;
          const result = await running;
          await last;
          last = undefined;
          return result;
        },
      };
    }),
    ["invoke: an environment never runs two"],
  ],
  [
    "collects a response before it passes it on",
    brokenEnvironment((environment) => ({
      invoke: async ({ stream, ...invocation }) => {
        const result = await environment.invoke(invocation);
        if (stream === undefined || result.outcome !== "success") return result;
        stream.start("text/fc-probe");
        await stream.write(result.payload);
        return { ...result, payload: Buffer.alloc(0) };
      },
    })),
    ["streams: a streamed response comes while"],
  ],
  [
    "passes a response on and gives it again",
    brokenResult((result, _, { stream }) =>
      stream === undefined ? result : { ...result, payload: Buffer.from('"again"') },
    ),
    ["streams: a streamed response comes whole"],
  ],
  [
    "streams as much as there is",
    brokenInvocation(({ stream, ...invocation }) =>
      stream === undefined
        ? invocation
        : {
            ...invocation,
            stream: { start: (type) => stream.start(type), write: (chunk) => stream.write(chunk) },
          },
    ),
    ["streams: a streamed response may be as large"],
  ],
  [
    "streams into nothing when nobody takes it",
    brokenInvocation(({ stream = { start: () => undefined, write: () => Promise.resolve() }, ...invocation }) => ({
      ...invocation,
      stream,
    })),
    ["streams: a streamed response is the result's"],
  ],
];
