import { expect, test } from "vitest";
import { exitCodeOf } from "./exec-status.ts";

test("Success is exit code 0", () => {
  expect(exitCodeOf('{"metadata":{},"status":"Success"}', "exec")).toBe(0);
});

test("a command that fails gives its exit code", () => {
  const frame = {
    status: "Failure",
    reason: "NonZeroExitCode",
    message: "command terminated with non-zero exit code",
    details: { causes: [{ reason: "ExitCode", message: "42" }] },
  };
  expect(exitCodeOf(JSON.stringify(frame), "exec")).toBe(42);
});

test("a command that cannot run is an error in the server's words", () => {
  const frame = { kind: "Status", status: "Failure", reason: "InternalError", message: "no such file", code: 500 };
  expect(() => exitCodeOf(JSON.stringify(frame), "exec in Pod p")).toThrow("exec in Pod p: no such file");
});

test.each(["", "nonsense", "{}", "null"])("the frame %j is an error", (frame) => {
  expect(() => exitCodeOf(frame, "exec")).toThrow(/not understood/);
});
