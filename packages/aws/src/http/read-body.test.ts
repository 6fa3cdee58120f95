import { describe, expect, test } from "vitest";
import type { AwsHttpRequest } from "./http.ts";
import { BodyTooLargeError, readBody } from "./read-body.ts";

const request = (
  body: AsyncIterable<Uint8Array>,
  headers = {},
  signal = new AbortController().signal,
): AwsHttpRequest => ({
  method: "POST",
  target: "/",
  headers,
  body,
  signal,
});

describe("reading a body", () => {
  test("gives its bytes up to the limit", async () => {
    async function* chunks() {
      yield Buffer.from("ab");
      yield Buffer.from("c");
    }
    expect(Buffer.from(await readBody(request(chunks()), 3)).toString()).toBe("abc");
  });

  test("stops at the first chunk above the limit and closes the source", async () => {
    let produced = 0;
    let closed = false;
    async function* endless() {
      try {
        for (;;) {
          produced += 1;
          yield new Uint8Array(10);
        }
      } finally {
        closed = true;
      }
    }
    await expect(readBody(request(endless()), 25)).rejects.toThrow(BodyTooLargeError);
    expect({ produced, closed }).toEqual({ produced: 3, closed: true });
  });

  test("refuses a declared length without touching the body", async () => {
    let touched = false;
    async function* body() {
      touched = true;
      yield new Uint8Array(4);
    }
    await expect(readBody(request(body(), { "content-length": "4" }), 3)).rejects.toThrow("exceeds 3 bytes");
    expect(touched).toBe(false);
  });

  test("ends with the reason of a client that went away", async () => {
    const gone = new AbortController();
    async function* chunks() {
      gone.abort(new Error("gone"));
      yield new Uint8Array(1);
    }
    await expect(readBody(request(chunks(), {}, gone.signal), 10)).rejects.toThrow("gone");
  });
});
