import { InvokeCommand } from "@aws-sdk/client-lambda";
import { type LogFields, silentLogger } from "@fc/core";
import { expect, test } from "vitest";
import { type HarnessOptions, lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction } from "../../test/support/make-function.ts";

/** The request id that the caller was given, and what the server's log has with it. */
async function logged(options: HarnessOptions): Promise<readonly LogFields[]> {
  const lines: LogFields[] = [];
  const add = (fields: LogFields, message: string): void => void lines.push({ ...fields, message });
  const rig = lambdaHarness({ ...options, logger: { ...silentLogger, debug: add, warn: add } });
  await makeFunction(rig);
  const sent = rig.client.send(new InvokeCommand({ FunctionName: "f" }));
  const { $metadata } = await sent.catch((error: Awaited<typeof sent>) => error);
  return lines.filter(({ requestId }) => requestId !== undefined && requestId === $metadata.requestId);
}

test("an invocation is in the log with its request id, what came of it and what ran it", async () => {
  expect(await logged({})).toContainEqual(
    expect.objectContaining({ functionName: "f", result: "success", message: "invocation ended" }),
  );
});

test("one that did not reach its function is, too, with the cluster's reason", async () => {
  expect(await logged({ onLaunch: () => "launch-failed" })).toContainEqual(
    expect.objectContaining({
      functionName: "f",
      result: "not_delivered",
      error: "ErrImagePull: The image could not be pulled",
      message: "an event did not reach its function",
    }),
  );
});
