import type { ExecutionEnvironment } from "@fc/lambda/backend";

/** What `fc-server conformance --lambda` should know: what this can do beyond the contract, and why not more. */
export const conformance = {
  abilities: {
    signals: true,
    logLines: true,
    lose: ({ handle }: ExecutionEnvironment): Promise<void> => {
      if (handle.kind === "process") process.kill(Number(handle.id), "SIGKILL");
      return Promise.resolve();
    },
  },
  absent: {
    ownFiles: "processes share this machine's files",
    memoryLimit: "nothing measures the processes",
    memoryUse: "nothing measures the processes",
    reinit: "a process ends with its runtime",
    extensions: "there are no extensions",
    telemetry: "there are no extensions",
    execWrapper: "the runtime is started as it is",
    streaming: "runtime.mjs collects answers",
    python: "only Node.js is here",
    customRuntime: "only Node.js is here",
  },
} as const;
