import { truncate, writeFile } from "node:fs/promises";
import type { ExecOutput, ExecResult, K8sClient } from "@fc/k8s";
import { around, type Mistake, type MistakeRow, plainly } from "./mistake.ts";

const brokenOutput = (change: (output: ExecOutput) => Partial<ExecOutput>): Mistake => ({
  client: (client) => ({
    exec: async (...args) => {
      const output = await client.exec(...args);
      return { ...output, ...change(output) };
    },
  }),
});

const success: ExecResult = { exitCode: 0, success: true, stderr: "" };

export const execMistakes: readonly MistakeRow[] = [
  [
    "loses the first byte of output",
    brokenOutput(({ stdout }) => ({ stdout: stdout.subarray(1) })),
    /strictly (deep-)?equal|falsy/,
    [
      "exec: output, errors and exit code",
      "exec: every byte comes as it is",
      "exec: large output",
      "exec: more output than asked for",
      "exec: twenty at once",
      "input and files: a command reads its input",
      "nodes: a Pod of another node",
    ],
  ],
  [
    "takes every end of a command for a success",
    brokenOutput(() => ({ exitCode: 0, success: true })),
    /strictly (deep-)?equal/,
    ["exec: output, errors and exit code", "input and files: a command need not read"],
  ],
  [
    "takes an empty argument for none",
    {
      client: (client) => ({
        exec: (pod, container, argv, options) =>
          client.exec(
            pod,
            container,
            argv.filter((word) => word !== ""),
            options,
          ),
      }),
    },
    /strictly equal/,
    ["exec: arguments reach the program"],
  ],
  [
    "keeps the beginning of the errors",
    brokenOutput(({ stderr }) => ({ stderr: stderr.slice(0, 1_000) })),
    /^AssertionError.*: \d/,
    ["exec: of the errors the end is kept"],
  ],
  [
    "takes any amount of output",
    {
      client: (client) => ({
        exec: (pod, container, argv, { maxStdoutBytes: _any, ...options } = {}) =>
          client.exec(pod, container, argv, options),
      }),
    },
    /expected to fail/,
    ["exec: more output than asked for"],
  ],
  [
    "does not say why a command was not run, or how it was cut off",
    { client: (client) => around(client, ["exec"], plainly) },
    /KubernetesError was expected|FC_DEADLINE_EXCEEDED was expected/,
    [
      "exec: a program that is missing",
      "exec: a container or Pod that is missing",
      "exec: a Pod that has no node yet",
      "exec: a Pod that has ended",
      "exec: a command that takes too long",
      "input and files: input is taken as it comes",
    ],
  ],
  [
    "loses the first byte of a stream",
    {
      client: (client) => ({
        execStream: async (...args) => {
          const { stdout, result } = await client.execStream(...args);
          stdout.once("readable", () => void stdout.read(1));
          return { stdout, result };
        },
      }),
    },
    /strictly equal/,
    ["exec: a stream is read at the reader's pace"],
  ],
  [
    "takes every end of a stream for a success",
    {
      client: (client) => ({
        execStream: async (...args) => {
          const { stdout, result } = await client.execStream(...args);
          return { stdout, result: result.catch(() => success).then(() => success) };
        },
      }),
    },
    /expected to fail|strictly deep-equal/,
    [
      "exec: a command that takes too long",
      "exec: a connection that is cut",
      "exec: a Pod that is killed",
      "outages: a command that an outage cuts",
    ],
  ],
  [
    "gives a command no input",
    {
      client: (client) => ({
        exec: (pod, container, argv, options) => client.exec(pod, container, argv, { ...options, stdin: "" }),
      }),
    },
    /falsy|strictly equal/,
    ["input and files: a command reads its input", "input and files: input is taken as it comes"],
  ],
  [
    "loses the last byte of a file",
    {
      client: (client) => {
        const cut =
          <A extends readonly unknown[]>(write: (...args: A) => ReturnType<K8sClient["fetchFile"]>, path: number) =>
          async (...args: A) => {
            const written = await write(...args);
            await truncate(args[path] as string, written.sizeBytes - 1);
            return written;
          };
        return { execToFile: cut(client.execToFile.bind(client), 3), fetchFile: cut(client.fetchFile.bind(client), 3) };
      },
    },
    /falsy/,
    ["input and files: output goes to a file whole", "input and files: a file of a container"],
  ],
  [
    "does not look at what it writes into a file",
    {
      client: (client) => ({
        execToFile: (pod, container, argv, path, { signal } = {}) =>
          client.execToFile(pod, container, ["echo", ...argv], path, { signal }),
      }),
    },
    /expected to fail/,
    ["input and files: output that is not what it should be"],
  ],
  [
    "leaves the file of a failure",
    {
      client: (client) => ({
        execToFile: (pod, container, argv, path, options) =>
          client.execToFile(pod, container, argv, path, options).catch(async (error: unknown) => {
            await writeFile(path, "");
            throw error;
          }),
        fetchFile: (pod, container, from, path, options) =>
          client.fetchFile(pod, container, from, path, options).catch(async (error: unknown) => {
            await writeFile(path, "");
            throw error;
          }),
      }),
    },
    /deep-equal/,
    [
      "input and files: output that is not what it should be",
      "input and files: a file of a container",
      "input and files: a connection that is cut",
    ],
  ],
];
