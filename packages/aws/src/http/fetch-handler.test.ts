import { deferred } from "@fc/core";
import { describe, expect, test } from "vitest";
import { createFetchHandler } from "./fetch-handler.ts";
import type { AwsHttpRequest, AwsHttpResponse } from "./http.ts";

const url = "http://aws.test/path?a=b";
/** A stream that gives one chunk and then nothing. */
async function* unending(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("first");
  await new Promise(() => undefined);
}
/** Answers so, and keeps the request. */
function serving(answer: Partial<AwsHttpResponse>): {
  readonly handle: (request: Request) => Promise<Response>;
  readonly signal: () => AbortSignal | undefined;
} {
  let seen: AwsHttpRequest | undefined;
  const handle = createFetchHandler(async (request) => {
    seen = request;
    return { status: 200, headers: {}, ...answer };
  });
  return { handle, signal: () => seen?.signal };
}

describe("a request without a socket", () => {
  test("that is given up rejects at once, whatever still runs for it", async () => {
    const [begun, givenUp] = [deferred<void>(), new AbortController()];
    const handle = createFetchHandler(async () => {
      begun.resolve();
      return await new Promise<never>(() => undefined);
    });
    const answered = handle(new Request(url, { signal: givenUp.signal }));
    await begun.promise;
    givenUp.abort(new Error("given up"));
    await expect(answered).rejects.toThrow("given up");
  });

  test("that was given up before is not served", async () => {
    const { handle, signal } = serving({});
    await expect(handle(new Request(url, { signal: AbortSignal.abort(new Error("given up")) }))).rejects.toThrow(
      "given up",
    );
    expect(signal()).toBeUndefined();
  });

  test("that is given up while its answer is read fails the reader, which waits for a chunk", async () => {
    const givenUp = new AbortController();
    const { handle } = serving({ body: unending() });
    const reader = (await handle(new Request(url, { signal: givenUp.signal }))).body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("first");
    const next = reader?.read();
    givenUp.abort(new Error("given up"));
    await expect(next).rejects.toThrow("given up");
  });

  test("whose answer's reader goes away while it waits for a chunk has no client any more", async () => {
    const { handle, signal } = serving({ body: unending() });
    const reader = (await handle(new Request(url))).body?.getReader();
    await reader?.read();
    void reader?.read();
    expect(signal()?.aborted).toBe(false);
    await reader?.cancel();
    expect(signal()?.aborted).toBe(true);
  });

  test("has an answer that comes as its reader asks, and fails as its stream does", async () => {
    const given: string[] = [];
    async function* body(): AsyncGenerator<Uint8Array> {
      for (const text of ["a", "b"]) {
        given.push(text);
        yield Buffer.from(text);
      }
      throw new Error("broken");
    }
    const { handle } = serving({ body: body() });
    const reader = (await handle(new Request(url))).body?.getReader();
    expect(given).toEqual([]);
    await reader?.read();
    expect(given).toEqual(["a"]);
    await reader?.read();
    await expect(reader?.read()).rejects.toThrow("broken");
  });

  test("is answered whole by a stream that ends, with its client there", async () => {
    async function* body(): AsyncGenerator<Uint8Array> {
      for (const text of ["a", "b"]) yield Buffer.from(text);
    }
    const { handle, signal } = serving({ body: body() });
    expect(await (await handle(new Request(url))).text()).toBe("ab");
    expect(signal()?.aborted).toBe(false);
  });

  test.each([
    ["GET", 204],
    ["GET", 205],
    ["GET", 304],
    ["HEAD", 200],
  ])("%s with the status %i has no body, and nobody who would read a stream", async (method, status) => {
    const whole = serving({ status, body: Buffer.from("text") });
    const plain = await whole.handle(new Request(url, { method }));
    expect([plain.status, plain.body]).toEqual([status, null]);
    const { handle, signal } = serving({ status, body: unending() });
    const streamed = await handle(new Request(url, { method }));
    expect([streamed.status, streamed.body]).toEqual([status, null]);
    expect(signal()?.aborted).toBe(true);
  });
});
