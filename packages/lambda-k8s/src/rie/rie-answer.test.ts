import { describe, expect, test } from "vitest";
import { rieVerdict } from "./rie-answer.ts";

const requestId = "11111111-2222-3333-4444-555555555555";
const made = "99999999-8888-7777-6666-555555555555";
const verdict = (status: number, body: unknown): ReturnType<typeof rieVerdict> =>
  rieVerdict(status, Buffer.from(typeof body === "string" ? body : JSON.stringify(body)), requestId);
const exit = (how: string): unknown => ({
  errorType: "Runtime.ExitError",
  errorMessage: `RequestId: ${made} Error: Runtime exited with error: ${how}`,
});

describe("an emulator's answer", () => {
  test.each(['{"a":1}', '"text"', "null", "", "no json", '{"errorMessage":"only that"}'])(
    "%s is the function's",
    (body) => {
      expect(verdict(200, body)).toEqual({ kind: "completed", completion: { payload: Buffer.from(body) } });
    },
  );

  test("with the members of an error is an error, as the runtime told it", () => {
    const error = { errorType: "TypeError", errorMessage: "no way", trace: ["a"] };
    expect(verdict(200, error)).toEqual({
      kind: "completed",
      completion: { error: { errorType: "TypeError", payload: Buffer.from(JSON.stringify(error)) } },
    });
  });

  test("names the caller's request, not the one that the emulator made up", () => {
    const error = { errorType: "Runtime.Unknown", errorMessage: `RequestId: ${made} Error: broken` };
    const answer = verdict(502, error) as { completion: { error: { payload: Uint8Array } } };
    expect(JSON.parse(Buffer.from(answer.completion.error.payload).toString())).toEqual({
      ...error,
      errorMessage: `RequestId: ${requestId} Error: broken`,
    });
  });

  test.each([
    ["exit status 3", 3],
    ["signal: killed", 137],
    ["signal: segmentation fault", 139],
  ])("of a runtime that is gone tells how: %s", (how, exitCode) => {
    expect(verdict(502, exit(how))).toEqual({ kind: "exited", exitCode });
    expect(verdict(200, exit(how))).toEqual({ kind: "exited", exitCode });
  });

  test.each([400, 500, 502, 504])("that is an empty %i is never a success", (status) => {
    expect(verdict(status, "")).toEqual({ kind: "exited" });
  });

  test("of its own timeout is none", () => {
    expect(verdict(200, "Task timed out after 3.00 seconds")).toEqual({ kind: "timed-out" });
  });
});
