import { ManualClock } from "@fc/core";
import { describe, expect, test } from "vitest";
import type { FunctionSpec } from "../backend/index.ts";
import { EnvironmentSession } from "./environment-session.ts";

const spec = {
  functionName: "hello",
  version: "$LATEST",
  timeoutSeconds: 3,
  environment: {},
} as unknown as FunctionSpec;
const failed = { errorType: "Runtime.ImportModuleError", payload: Buffer.from("{}") };

function setUp(): { session: EnvironmentSession; clock: ManualClock } {
  const clock = new ManualClock(0);
  const code = { files: [], sizeBytes: 0, content: async function* () {} };
  const options = { spec, code, initTimeoutMs: 10_000, awsEndpointUrl: "http://aws.test" };
  const session = new EnvironmentSession({ id: "e1", token: "t", initRequestId: "i" }, options, clock);
  session.ending.isSupervised = true;
  session.ask();
  session.codeArrived();
  expect(session.initFailed(failed)).toBe(true);
  session.output.append(Buffer.from("last words\n"));
  return { session, clock };
}

describe("a runtime that tells that its init phase failed", () => {
  test("has what it writes until it ends in its log, and its own error as the reason", async () => {
    const { session } = setUp();
    session.ending.exited({ exitCode: 1, oomKilled: false });
    await expect(session.ready).rejects.toMatchObject({
      details: { errorType: "Runtime.ImportModuleError", log: expect.stringMatching(/^last words\nINIT_REPORT /) },
    });
  });

  test("may neither tell it twice nor wait for an event", async () => {
    const { session } = setUp();
    expect(session.initFailed(failed)).toBe(false);
    expect(session.next({ deliver: () => true, drop: () => undefined })).toBe(false);
  });

  test("that does not end is given two seconds", async () => {
    const { session, clock } = setUp();
    const ready = session.ready.catch((error: unknown) => error);
    await clock.advance(1_999);
    expect(session.isEnded).toBe(false);
    await clock.advance(1);
    expect(await ready).toMatchObject({ details: { errorType: "Runtime.ImportModuleError" } });
  });
});
