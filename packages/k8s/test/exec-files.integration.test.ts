import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { WebSocket } from "ws";
import type { K8sClient } from "../src/index.ts";
import { FakeApiServer } from "../src/testing/index.ts";
import { StepClock } from "./step-clock.ts";
import { connectTo, eventually } from "./support.ts";

let server: FakeApiServer;
let clock: StepClock;
let client: K8sClient;
let directory: string;
beforeEach(async () => {
  server = await FakeApiServer.start();
  clock = new StepClock();
  client = await connectTo(server, { clock });
  directory = await mkdtemp(join(tmpdir(), "fc-exec-"));
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const frame = (channel: number, payload: string | Buffer): Buffer =>
  Buffer.concat([Buffer.of(channel), Buffer.from(payload as string)]);
const success = frame(3, '{"status":"Success"}');
const failure = (exitCode: number): Buffer =>
  frame(
    3,
    JSON.stringify({
      status: "Failure",
      reason: "NonZeroExitCode",
      details: { causes: [{ reason: "ExitCode", message: String(exitCode) }] },
    }),
  );
const play = (handler: (socket: WebSocket) => void): void => server.nextSocket("/pods/p/exec", handler);

/** A command like cat: gives back its input, and ends when that does. */
function cat(socket: WebSocket): void {
  socket.on("message", (data: Buffer) => {
    if (data[0] === 0) socket.send(frame(1, data.subarray(1)));
    if (data.equals(Buffer.of(0xff, 0))) {
      socket.send(success);
      socket.close(1000);
    }
  });
}

describe("stdin", () => {
  test("is sent whole and then ended, and what the command makes of it comes back", async () => {
    const input = Buffer.alloc(300_000, "0123456789");
    play(cat);
    const { stdout } = await client.exec("p", "main", ["cat"], { stdin: input });
    expect(stdout.equals(input)).toBe(true);
    const request = server.requests.at(-1);
    expect(request?.query.get("stdin")).toBe("true");
    expect(request?.headers["sec-websocket-protocol"]).toBe("v5.channel.k8s.io");
  });

  test.each([
    ["empty text", "", ""],
    ["text", "ä\u2028", "ä\u2028"],
  ])("may be %s", async (_case, stdin, expected) => {
    play(cat);
    expect((await client.exec("p", "main", ["cat"], { stdin })).stdout.toString()).toBe(expected);
  });

  test("is not asked of its source faster than the command reads", async () => {
    let given = 0;
    let done = false;
    async function* endless(): AsyncGenerator<Buffer> {
      try {
        for (;;) {
          given += 1;
          yield Buffer.alloc(1024 * 1024);
        }
      } finally {
        done = true;
      }
    }
    let opened: WebSocket | undefined;
    play((socket) => {
      socket.pause();
      opened = socket;
    });
    const stream = await client.execStream("p", "main", ["sleep", "1"], { stdin: endless() });
    await eventually(() => given > 0);
    let before = -1;
    // The sockets' buffers are full when it stands still.
    while (given !== before) {
      before = given;
      for (let i = 0; i < 50; i += 1) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(given).toBeLessThan(64);
    opened?.terminate();
    await expect(stream.result).rejects.toMatchObject({ code: "FC_K8S_EXEC_FAILED" });
    await eventually(() => done);
  });

  test("that the command does not read to its end is no failure", async () => {
    async function* long(): AsyncGenerator<Buffer> {
      for (;;) yield Buffer.alloc(1_000);
    }
    play((socket) =>
      socket.once("message", () => {
        socket.send(success);
        socket.close(1000);
      }),
    );
    expect(await client.exec("p", "main", ["head", "-c1"], { stdin: long() })).toMatchObject({ exitCode: 0 });
  });

  test("that fails ends the command with its error", async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.from("half");
      throw new Error("the disk is gone");
    }
    play(() => undefined);
    const result = client.exec("p", "main", ["cat"], { stdin: broken() });
    await expect(result).rejects.toMatchObject({ code: "FC_K8S_EXEC_FAILED" });
    await expect(result).rejects.toThrow("the disk is gone");
  });

  test("is refused before the command starts where the server could not be told of its end", async () => {
    server.webSocketProtocols = ["v4.channel.k8s.io"];
    let started = false;
    play((socket) => {
      started = true;
      socket.send(success);
      socket.close(1000);
    });
    const refused = client.exec("p", "main", ["cat"], { stdin: "x" });
    await expect(refused).rejects.toMatchObject({ code: "FC_K8S_EXEC_STDIN_UNSUPPORTED", retryable: false });
    await expect(refused).rejects.toThrow("Kubernetes 1.30 or newer");
    expect(started).toBe(false);
    expect(await client.exec("p", "main", ["true"])).toMatchObject({ success: true });
  });
});

test("a streamed command ends when its time is up", async () => {
  play(() => undefined);
  const stream = await client.execStream("p", "main", ["cat"], { timeoutMs: 5_000 });
  expect(clock.fire(5_000)).toBe(1);
  await expect(stream.result).rejects.toMatchObject({ code: "FC_DEADLINE_EXCEEDED" });
});

describe("execToFile", () => {
  const output = Buffer.alloc(200_000, "abc");
  const sha256 = "4e8a7c7d46d4d3e2bd8d1bb3f6a3d8aeb9a0f0ac2b3dc9ed9d2a2a0f9d58b1ab";
  const sends = (end: (socket: WebSocket) => void): void =>
    play((socket) => {
      for (let at = 0; at < output.length; at += 32_768) socket.send(frame(1, output.subarray(at, at + 32_768)));
      end(socket);
    });
  const path = (): string => join(directory, "out");
  const run = (options: Parameters<K8sClient["execToFile"]>[4] = {}): ReturnType<K8sClient["execToFile"]> =>
    client.execToFile("p", "main", ["cat", "/data"], path(), options);
  const ends =
    (status: Buffer) =>
    (socket: WebSocket): void => {
      socket.send(status);
      socket.close(1000);
    };

  test("writes the output and says its size and checksum", async () => {
    sends(ends(success));
    const written = await run({ expected: { sizeBytes: output.length } });
    expect(written.sizeBytes).toBe(output.length);
    expect((await readFile(path())).equals(output)).toBe(true);
    sends(ends(success));
    expect(await run({ expected: written })).toEqual(written);
  });

  test.each([
    ["a stream without a status", (socket: WebSocket): void => socket.close(1000), {}, "FC_K8S_EXEC_FAILED"],
    ["a command that fails", ends(failure(2)), {}, "FC_K8S_EXEC_FAILED"],
    ["less than was expected", ends(success), { expected: { sizeBytes: 200_001 } }, "FC_K8S_EXEC_OUTPUT_DIFFERS"],
    ["more than was expected", ends(success), { expected: { sizeBytes: 10 } }, "FC_K8S_EXEC_FAILED"],
    ["more than is allowed", ends(success), { maxBytes: 10 }, "FC_K8S_EXEC_FAILED"],
    ["other bytes than were expected", ends(success), { expected: { sha256 } }, "FC_K8S_EXEC_OUTPUT_DIFFERS"],
  ])("%s leaves the file that was there, and nothing else", async (_case, end, options, code) => {
    await writeFile(path(), "old");
    sends(end);
    await expect(run(options)).rejects.toMatchObject({ code });
    expect(await readFile(path(), "utf8")).toBe("old");
    expect(await readdir(directory)).toEqual(["out"]);
  });

  test("that is aborted, or takes too long, has left nothing when it rejects", async () => {
    const controller = new AbortController();
    sends(() => undefined);
    const aborted = run({ signal: controller.signal });
    aborted.catch(() => undefined);
    await eventually(() => clock.pending(600_000) === 1);
    controller.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    expect(await readdir(directory)).toEqual([]);
    sends(() => undefined);
    const late = run();
    late.catch(() => undefined);
    await eventually(() => clock.fire(600_000) === 1);
    await expect(late).rejects.toMatchObject({ code: "FC_DEADLINE_EXCEEDED" });
    expect(await readdir(directory)).toEqual([]);
  });

  test("where the file cannot be written ends the command", async () => {
    let closed = false;
    play((socket) => {
      socket.on("close", () => {
        closed = true;
      });
    });
    const failed = client.execToFile("p", "main", ["cat"], join(directory, "no", "such", "folder"));
    await expect(failed).rejects.toMatchObject({ code: "ENOENT" });
    await eventually(() => closed);
  });
});

describe("fetchFile", () => {
  const fetch = (): ReturnType<K8sClient["fetchFile"]> =>
    client.fetchFile("p", "main", "/data/x", join(directory, "x"));
  const says = (size: string): void =>
    play((socket) => {
      for (const part of [frame(2, size), frame(1, "12345"), success]) socket.send(part);
      socket.close(1000);
    });

  test("takes a file whose size is what the container said", async () => {
    says("5\n");
    expect(await fetch()).toMatchObject({ sizeBytes: 5 });
    expect(server.requests.at(-1)?.query.getAll("command").at(-1)).toBe("/data/x");
  });

  test("refuses a file that was cut short although all was reported well", async () => {
    says("      6\n");
    await expect(fetch()).rejects.toMatchObject({ code: "FC_K8S_EXEC_OUTPUT_DIFFERS" });
    says("what?\n");
    await expect(fetch()).rejects.toThrow("size of the file was not understood");
    expect(await readdir(directory)).toEqual([]);
  });
});
