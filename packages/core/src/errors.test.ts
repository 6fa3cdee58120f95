import { describe, expect, test } from "vitest";
import { errorText, FcError } from "./errors.ts";

describe("FcError", () => {
  test("keeps its code, fault, details and cause", () => {
    const cause = new Error("refused");
    const error = new FcError("FC_X_Y", "cannot", { fault: "user", retryable: true, details: { port: 1 }, cause });
    expect(error).toMatchObject({ code: "FC_X_Y", fault: "user", retryable: true, details: { port: 1 }, cause });
    expect(error).toBeInstanceOf(Error);
  });

  test("recognises errors of another copy of the package, by code", () => {
    const foreign = Object.defineProperty(new Error("x"), Symbol.for("fc.error"), { value: true });
    Object.assign(foreign, { code: "FC_A" });
    expect(FcError.isInstance(foreign)).toBe(true);
    expect(FcError.isInstance(foreign, "FC_A")).toBe(true);
    expect(FcError.isInstance(foreign, "FC_B")).toBe(false);
    expect(FcError.isInstance(new Error("plain"))).toBe(false);
    expect(FcError.isInstance(undefined)).toBe(false);
  });

  test("names the class that was thrown", () => {
    class StoreError extends FcError {}
    expect(new StoreError("FC_S", "m").name).toBe("StoreError");
  });
});

describe("errorText", () => {
  test("joins the chain of causes", () => {
    const error = new Error("outer", { cause: new Error("middle", { cause: "inner" }) });
    expect(errorText(error)).toBe("outer: middle: inner");
  });

  test("says nothing twice when a message quotes its cause", () => {
    expect(errorText(new Error("opening q: refused", { cause: new Error("refused") }))).toBe("opening q: refused");
  });

  test("lists what an AggregateError holds", () => {
    expect(errorText(new AggregateError([new Error("x"), new Error("y")], "both"))).toBe("both: x: y");
  });

  test("says nothing of an AggregateError whose message quotes what it holds, or that only holds errors", () => {
    const cause = new AggregateError([new Error("a"), new Error("b")]);
    expect(errorText(cause)).toBe("a: b");
    expect(errorText(new Error("tried a; b", { cause }))).toBe("tried a; b");
  });

  test("ends on a circular chain", () => {
    const error = new Error("loop");
    error.cause = error;
    expect(errorText(error)).toBe("loop");
  });
});
