import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { execProgram, lacks } from "./lib/programs.ts";
import { cleanEnvironment, startServer } from "./lib/server-process.ts";

const without = await lacks("python3", "-c", "import boto3");

test.skipIf(without)("boto3 runs functions and caches with its own waiters and models", async () => {
  await using server = await startServer();
  const script = fileURLToPath(new URL("boto3-session.py", import.meta.url));
  const output = await execProgram("python3", [script, server.url], cleanEnvironment());
  expect(JSON.parse(output)).toEqual({
    state: "Active",
    answer: { twice: 42 },
    error: { FunctionError: "Unhandled", errorType: "ValueError", errorMessage: "no" },
    stream: ["PayloadChunk", "InvokeComplete"],
    url: { mode: "BUFFERED", cors: { AllowOrigins: ["*"] }, listed: 1 },
    missing: "ResourceNotFoundException",
    status: "available",
    ping: "+PONG",
    unknown_cluster: "CacheClusterNotFound",
  });
});
