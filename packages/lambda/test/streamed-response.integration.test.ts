import { once } from "node:events";
import { type ClientRequest, createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { ManualClock } from "@fc/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FunctionSpec, InvocationResult } from "../src/backend/index.ts";
import { ResponsePipe } from "../src/invocation/response-pipe.ts";
import { listenerOptions, RuntimeApi, type RuntimeSession } from "../src/runtime-api/index.ts";

const spec = { functionName: "f", version: "1", timeoutSeconds: 3, environment: {} } as unknown as FunctionSpec;
const code = { files: [], sizeBytes: 0, content: async function* () {} };

describe("a runtime that streams its response", () => {
  const clock = new ManualClock(0);
  let runtimeApi: RuntimeApi;
  let server: ReturnType<typeof createServer>;
  let session: RuntimeSession;
  let pipe: ResponsePipe;
  let limitBytes: number;
  let result: Promise<InvocationResult>;
  let response: ClientRequest;

  const send = (method: string, path: string, headers: Record<string, string> = {}): ClientRequest => {
    const { port } = server.address() as AddressInfo;
    const host = `${session.hostName}:${port}`;
    const sent = request({ host: "127.0.0.1", port, method, path, headers: { host, ...headers }, agent: false });
    return sent.on("error", () => undefined);
  };
  const read = async (reader: AsyncGenerator<Uint8Array>): Promise<string> =>
    Buffer.from((await reader.next()).value ?? []).toString();

  beforeEach(async () => {
    runtimeApi = new RuntimeApi({ clock });
    server = createServer(listenerOptions, (incoming, outgoing) => runtimeApi.handle(incoming, outgoing));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    session = runtimeApi.open({ spec, code, initTimeoutMs: 10_000, awsEndpointUrl: "http://aws.test" });
    const polling = send("GET", "/2018-06-01/runtime/invocation/next").end();
    await session.ready;
    limitBytes = 209_715_200;
    pipe = new ResponsePipe({ limitBytes });
    result = session.invoke({
      requestId: "r1",
      payload: Buffer.from("{}"),
      deadlineMs: clock.now() + 3_000,
      invokedFunctionArn: "arn",
      stream: {
        start: (type) => pipe.start(type),
        write: (chunk) => pipe.write(chunk),
        get limitBytes() {
          return limitBytes;
        },
      },
    });
    void result.finally(() => pipe.end());
    const [polled] = (await once(polling, "response")) as [IncomingMessage];
    polled.resume();
    response = send("POST", "/2018-06-01/runtime/invocation/r1/response", {
      "Lambda-Runtime-Function-Response-Mode": "streaming",
      "Transfer-Encoding": "chunked",
      "Content-Type": "text/plain",
      Trailer: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
    });
  });

  afterEach(async () => {
    await runtimeApi[Symbol.asyncDispose]();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test("is heard before it is done", async () => {
    const reader = pipe.chunks();
    const answered = once(response, "response") as Promise<[IncomingMessage]>;
    response.write("one");
    expect(await read(reader)).toBe("one");
    expect(pipe.contentType).toBe("text/plain");
    response.end("two");
    expect(await read(reader)).toBe("two");
    expect((await reader.next()).done).toBe(true);
    expect(await result).toMatchObject({ outcome: "success", payload: new Uint8Array() });
    expect((await answered)[0].statusCode).toBe(202);
  });

  test("is believed about an error in its trailers", async () => {
    response.write("part");
    response.addTrailers({
      "Lambda-Runtime-Function-Error-Type": "Late",
      "Lambda-Runtime-Function-Error-Body": Buffer.from('{"errorMessage":"late"}').toString("base64"),
    });
    response.end();
    const read: string[] = [];
    for await (const chunk of pipe.chunks()) read.push(Buffer.from(chunk).toString());
    expect(read).toEqual(["part"]);
    const { outcome, errorType, payload } = await result;
    expect([outcome, errorType, Buffer.from(payload).toString()]).toEqual([
      "unhandled",
      "Late",
      '{"errorMessage":"late"}',
    ]);
  });

  test("is cut off at its deadline, with what it wrote before", async () => {
    const reader = pipe.chunks();
    response.write("part");
    expect(await read(reader)).toBe("part");
    await clock.advance(3_000);
    expect(await result).toMatchObject({ outcome: "unhandled", errorType: "Sandbox.Timedout" });
    expect((await reader.next()).done).toBe(true);
  });

  test("may write 200 MiB and no more", async () => {
    const piece = Buffer.alloc(1024 * 1024, "x");
    const answered = once(response, "response") as Promise<[IncomingMessage]>;
    const write = async (): Promise<void> => {
      for (let count = 0; count < 201; count += 1) if (!response.write(piece)) await once(response, "drain");
      response.end();
    };
    const writing = write();
    let bytes = 0;
    for await (const chunk of pipe.chunks()) bytes += chunk.byteLength;
    expect(bytes).toBeLessThanOrEqual(209_715_200);
    expect(bytes).toBeGreaterThan(209_715_200 - 65_537);
    expect(await result).toMatchObject({ outcome: "unhandled", errorType: "Function.ResponseSizeTooLarge" });
    expect((await answered)[0].statusCode).toBe(413);
    await writing;
  });

  test.each([
    ["as many bytes as its caller takes", 20_971_520, { outcome: "success" }, 202],
    ["one byte more", 20_971_521, { outcome: "unhandled", errorType: "Function.ResponseSizeTooLarge" }, 413],
  ] as const)("may be limited to 20 MiB: %s", async (_what, bytes, expected, status) => {
    limitBytes = 20_971_520;
    const answered = once(response, "response") as Promise<[IncomingMessage]>;
    response.end(Buffer.alloc(bytes, "x"));
    let read = 0;
    for await (const chunk of pipe.chunks()) read += chunk.byteLength;
    expect(await result).toMatchObject(expected);
    expect((await answered)[0].statusCode).toBe(status);
    expect(read).toBeLessThanOrEqual(limitBytes);
    if (status === 202) expect(read).toBe(bytes);
  });

  test("that breaks off counts as ended", async () => {
    const reader = pipe.chunks();
    response.write("part");
    expect(await read(reader)).toBe("part");
    response.destroy();
    // Its end may still be explained: here the container is said to have run out of memory.
    const rest = reader.next();
    session.environmentEnded({ reason: "exited", detail: "OOMKilled", exitCode: 137, oomKilled: true });
    expect(await result).toMatchObject({ outcome: "unhandled", errorType: "Runtime.OutOfMemory" });
    expect((await rest).done).toBe(true);
  });

  test("is held up by a slow reader, and little of what it wrote is kept", async () => {
    const piece = Buffer.alloc(65_536, "x");
    const total = 64 * 1024 * 1024;
    let written = 0;
    const write = async (): Promise<void> => {
      for (; written < total; written += piece.byteLength) if (!response.write(piece)) await once(response, "drain");
      response.end();
    };
    const writing = write();
    let bytes = 0;
    let ahead = 0;
    for await (const chunk of pipe.chunks()) {
      bytes += chunk.byteLength;
      // Time enough for a runtime that is not held up to write everything.
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      ahead = Math.max(ahead, written - bytes);
    }
    await writing;
    expect(bytes).toBe(total);
    // Kernel buffers on both sides of the socket.
    expect(ahead).toBeLessThan(total / 4);
  });
});
