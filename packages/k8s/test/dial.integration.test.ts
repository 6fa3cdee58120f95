import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { WebSocket } from "ws";
import type { K8sClient } from "../src/index.ts";
import { FakeApiServer } from "../src/testing/index.ts";
import { StepClock } from "./step-clock.ts";
import { connectTo, eventually } from "./support.ts";

let server: FakeApiServer;
let clock: StepClock;
let client: K8sClient;
beforeEach(async () => {
  server = await FakeApiServer.start();
  clock = new StepClock();
  client = await connectTo(server, { clock });
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const frame = (channel: number, payload: string | Buffer): Buffer =>
  Buffer.concat([Buffer.of(channel), Buffer.from(payload as string)]);

describe("dial", () => {
  const echo = async (): Promise<Server> => {
    const listener = createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
    await once(listener, "listening");
    return listener;
  };
  const pod = (podIP: string) => ({ metadata: { name: "p" }, status: { podIP } });
  /** A port of this machine that refuses. */
  const closedPort = async (): Promise<number> => {
    const listener = await echo();
    const { port } = listener.address() as AddressInfo;
    listener.close();
    await once(listener, "close");
    return port;
  };
  const forwarded = (then: (socket: WebSocket) => void): void =>
    server.nextSocket("/pods/p/portforward", (socket) => {
      for (const channel of [0, 1]) socket.send(frame(channel, Buffer.of(0x90, 0x1f)));
      then(socket);
    });
  const forwards = (): number => server.requests.filter(({ path }) => path.endsWith("/portforward")).length;

  test("connects to the Pod's address", async () => {
    const listener = await echo();
    const stream = await client.dial(pod("127.0.0.1"), (listener.address() as AddressInfo).port);
    stream.write("ping");
    expect(String((await once(stream, "data"))[0])).toBe("ping");
    stream.destroy();
    listener.close();
    expect(forwards()).toBe(0);
  });

  test("goes through the API server when that reaches the Pod and its address does not, and remembers it", async () => {
    const port = await closedPort();
    for (let i = 0; i < 2; i += 1) {
      forwarded((socket) => socket.on("message", (data) => socket.send(data as Buffer)));
      const dialled = client.dial(pod("127.0.0.1"), port);
      if (i === 0) await eventually(() => clock.fire(500) > 0);
      const stream = await dialled;
      stream.write("ping");
      expect(String((await once(stream, "data"))[0])).toBe("ping");
      stream.destroy();
    }
    expect(server.requests.at(-1)?.query.get("ports")).toBe(String(port));
    expect(forwards()).toBe(2);
  });

  test("a port where nothing listens is an error both ways", async () => {
    forwarded((socket) => {
      socket.send(frame(1, "nothing listens there"));
      socket.close(1000);
    });
    const failure = client.dial(pod("127.0.0.1"), await closedPort());
    await expect(failure).rejects.toMatchObject({ code: "FC_K8S_DIAL_FAILED", retryable: true });
    await expect(failure).rejects.toThrow(/ECONNREFUSED.*port-forward.*nothing listens there/);
  });

  test("where Pod addresses work, a refusal is final", async () => {
    const listener = await echo();
    (await client.dial(pod("127.0.0.1"), (listener.address() as AddressInfo).port)).destroy();
    listener.close();
    await expect(client.dial(pod("127.0.0.1"), await closedPort())).rejects.toThrow(/ECONNREFUSED/);
    expect(forwards()).toBe(0);
  });

  test("through the API server the peer's end is the stream's end, and its error the stream's", async () => {
    const port = await closedPort();
    forwarded((socket) => {
      socket.send(frame(0, "bye"));
      socket.close(1000);
    });
    const chunks: Buffer[] = [];
    for await (const chunk of await client.dial(pod("127.0.0.1"), port)) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe("bye");
    forwarded((socket) => socket.on("message", () => socket.send(frame(1, "connection reset"))));
    const stream = await client.dial(pod("127.0.0.1"), port);
    stream.write("ping");
    const [error] = await once(stream, "error");
    expect(error).toMatchObject({ code: "FC_K8S_DIAL_FAILED", message: expect.stringContaining("connection reset") });
  });

  test("a Pod without an address is an error", async () => {
    await expect(client.dial({ metadata: { name: "p" } }, 1)).rejects.toMatchObject({ code: "FC_K8S_DIAL_FAILED" });
  });
});

test("waitForTcp tries until something listens", async () => {
  const first = createServer().listen(0, "127.0.0.1");
  await once(first, "listening");
  const { port } = first.address() as AddressInfo;
  first.close();
  await once(first, "close");
  const waiting = client.waitForTcp("127.0.0.1", port, 30_000);
  await eventually(() => clock.sleeps.length > 0);
  const second = createServer().listen(port, "127.0.0.1");
  await waiting;
  second.close();
});
