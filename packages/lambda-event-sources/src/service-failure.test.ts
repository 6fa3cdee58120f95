import { describe, expect, test } from "vitest";
import { serviceFailure } from "./service-failure.ts";

const failure = (name: string, message: string): unknown =>
  serviceFailure("sending to q", Object.assign(new Error(message), { name }), new AbortController().signal);

describe("the failure of a call to a service", () => {
  test.each(["QueueDoesNotExist", "ResourceNotFoundException", "NotFoundException", "NoSuchBucket"])(
    "%s: it is not there",
    (name) => {
      expect(failure(name, "gone")).toMatchObject({ code: "FC_EVENT_SOURCE_NOT_FOUND", message: "sending to q: gone" });
    },
  );

  test.each([
    ["InvalidMessageContents", false],
    ["InvalidParameterValue", false],
    ["ThrottlingException", true],
    ["AccessDeniedException", true],
    ["Error", true],
  ])("%s: whether it may go well later is %s", (name, retryable) => {
    expect(failure(name, "no")).toMatchObject({ code: "FC_EVENT_SOURCE_FAILED", retryable });
  });

  test("an abort stays what it is", () => {
    const reason = new Error("stopped");
    expect(serviceFailure("reading", new Error("AbortError"), AbortSignal.abort(reason))).toBe(reason);
  });

  test("a connection that was refused says so, with what was tried", () => {
    const cause = new AggregateError([new Error("connect ECONNREFUSED 127.0.0.1:1")], "");
    const error = serviceFailure("opening q", Object.assign(cause, { name: "" }), new AbortController().signal);
    expect(error).toMatchObject({ message: expect.stringContaining("opening q: ") });
    expect(error).toMatchObject({ message: expect.stringContaining("ECONNREFUSED 127.0.0.1:1") });
  });
});
