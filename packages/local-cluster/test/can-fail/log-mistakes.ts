import { around, type Mistake, type MistakeRow, plainly } from "./mistake.ts";

const brokenLines = (lines: (all: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>): Mistake => ({
  client: (client) => ({ followLogs: (...args) => lines(client.followLogs(...args)) }),
});

export const logMistakes: readonly MistakeRow[] = [
  [
    "loses the beginning of a log",
    { client: (client) => ({ podLogs: async (...args) => (await client.podLogs(...args)).slice(1) }) },
    /strictly equal/,
    ["logs: a log is read whole", "logs: the container must be named"],
  ],
  [
    "does not say why there is no log",
    { client: (client) => around(client, ["podLogs"], plainly) },
    /KubernetesError was expected/,
    ["logs: a log that is not there", "logs: the container must be named"],
  ],
  [
    "gives lines without the first",
    brokenLines(async function* (all) {
      let first = true;
      for await (const line of all) {
        if (!first) yield line;
        first = false;
      }
    }),
    /strictly (deep-)?equal/,
    ["logs: a log is followed from before", "logs: long lines"],
  ],
  [
    "gives every line twice",
    brokenLines(async function* (all) {
      for await (const line of all) yield* [line, line];
    }),
    /strictly (deep-)?equal/,
    ["logs: a cut connection loses no line", "logs: long lines"],
  ],
  [
    "gives a line more when following ends",
    brokenLines(async function* (all) {
      yield* all;
      yield Buffer.from("the end\n");
    }),
    /strictly (deep-)?equal/,
    ["logs: a log is followed from before", "logs: following ends"],
  ],
  [
    "gives lines once it has all of them",
    {
      ...brokenLines(async function* (all) {
        const lines: Uint8Array[] = [];
        for await (const line of all) lines.push(line);
        yield* lines;
      }),
      cutMs: 5_000,
    },
    /not done within/,
    ["logs: a line comes as soon as"],
  ],
  [
    "ends a log that it follows after a dozen lines",
    brokenLines(async function* (all) {
      let count = 0;
      for await (const line of all) {
        yield line;
        count += 1;
        if (count === 12) return;
      }
    }),
    /deep-equal/,
    ["logs: a cut connection loses no line", "outages: a log that is followed through an outage"],
  ],
];
