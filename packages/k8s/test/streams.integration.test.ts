import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { WebSocket } from "ws";
import type { K8sClient } from "../src/index.ts";
import { dropConnection, FakeApiServer, statusAnswer } from "../src/testing/index.ts";
import { StepClock } from "./step-clock.ts";
import { connectTo, eventually, paths, podJson } from "./support.ts";

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
const success = frame(3, '{"status":"Success"}');
const failed = { code: "FC_K8S_EXEC_FAILED" };

describe("exec", () => {
  const scripted = (handler: (socket: WebSocket) => void): ReturnType<K8sClient["exec"]> => {
    server.nextSocket("/pods/p/exec", handler);
    return client.exec("p", "main", ["sh", "-c", "true"]);
  };

  test("asks for the command and gives output and exit code", async () => {
    const result = await scripted((socket) => {
      for (const part of [frame(1, ""), frame(1, "out"), frame(2, "err"), frame(9, "?"), frame(1, "put"), success])
        socket.send(part);
      socket.close(1000);
    });
    expect(result).toEqual({ stdout: Buffer.from("output"), stderr: "err", exitCode: 0, success: true });
    const request = server.requests.at(-1);
    expect(request?.query.getAll("command")).toEqual(["sh", "-c", "true"]);
    expect(request?.headers["sec-websocket-protocol"]).toBe("v5.channel.k8s.io,v4.channel.k8s.io");
  });

  test("has a connection of its own: one that was kept may be closed as it is used, and a command must not run twice", async () => {
    await client.getPod("p");
    const before = server.connections;
    await scripted((socket) => {
      socket.send(success);
      socket.close(1000);
    });
    expect(server.connections).toBe(before + 1);
  });

  test("frames sent together with the handshake are not lost", async () => {
    for (let i = 0; i < 20; i += 1) {
      const result = await scripted((socket) => {
        socket.send(frame(1, "x".repeat(i)));
        socket.send(success);
        socket.terminate();
      }).catch(() => undefined);
      // A cut before the status arrives is an error; a result is never short.
      if (result !== undefined) expect(result.stdout).toHaveLength(i);
    }
  });

  test.each([
    ["closes normally", (socket: WebSocket): void => socket.close(1000)],
    ["is cut", (socket: WebSocket): void => socket.terminate()],
  ])("a stream that %s without a status is an error", async (_case, end) => {
    const result = scripted((socket) => {
      socket.send(frame(1, "half of the out"));
      end(socket);
    });
    await expect(result).rejects.toMatchObject(failed);
    await expect(result).rejects.toThrow(/without a status/);
  });

  test("a refused upgrade gives the server's words", async () => {
    const refused = client.exec("p", "main", ["true"]);
    await expect(refused).rejects.toMatchObject({ code: "FC_K8S_FORBIDDEN" });
    await expect(refused).rejects.toThrow("no WebSocket is scripted");
  });

  test("more output than allowed is an error and ends the stream", async () => {
    let closed = false;
    server.nextSocket("/pods/p/exec", (socket) => {
      socket.on("close", () => {
        closed = true;
      });
      socket.send(frame(1, "x".repeat(11)));
    });
    const result = client.exec("p", "main", ["true"], { maxStdoutBytes: 10 });
    await expect(result).rejects.toThrow("larger than 10 bytes");
    await eventually(() => closed);
  });

  test("a command that takes too long is given up", async () => {
    const result = scripted(() => undefined);
    result.catch(() => undefined);
    await eventually(() => server.requests.some(({ path }) => path.endsWith("/exec")));
    await eventually(() => clock.fire(60_000) > 0);
    await expect(result).rejects.toMatchObject({ code: "FC_DEADLINE_EXCEEDED" });
  });

  test("a peer that answers no ping is dead", async () => {
    // The play's peer freezes: it reads nothing any more, so it sends no pong.
    server.nextSocket("/pods/p/exec", (socket) => socket.pause());
    const { result } = await client.execStream("p", "main", ["sleep", "1"]);
    let done = false;
    const end = result.catch(() => {
      done = true;
    });
    await eventually(() => {
      clock.fire(10_000);
      return done;
    });
    await end;
    await expect(result).rejects.toThrow("no pong");
  });

  test("what the reader does not take is not sent", async () => {
    const total = 64 * 1024 * 1024;
    const part = frame(1, Buffer.alloc(1024 * 1024));
    let buffered = 0;
    server.nextSocket("/pods/p/exec", (socket) => {
      for (let sent = 0; sent < total; sent += part.length - 1) socket.send(part);
      buffered = socket.bufferedAmount;
      const watch = (): void => {
        buffered = socket.bufferedAmount;
        if (socket.readyState === socket.OPEN) setTimeout(watch, 1);
      };
      watch();
      socket.send(success);
      socket.close(1000);
    });
    const stream = await client.execStream("p", "main", ["cat", "/big"]);
    await once(stream.stdout, "readable");
    for (let i = 0; i < 50; i += 1) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(buffered).toBeGreaterThan(total / 2);
    let size = 0;
    for await (const chunk of stream.stdout as AsyncIterable<Buffer>) size += chunk.length;
    expect(size).toBe(total);
    expect(await stream.result).toMatchObject({ exitCode: 0 });
  });
});

describe("logs", () => {
  const line = (second: number, text: string): string => `2026-01-01T00:00:0${second}.000000000Z ${text}\n`;
  const ended = (): void => {
    server.objects.put(paths.pods, podJson("p", { phase: "Succeeded" }));
  };
  const follow = async (): Promise<string> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of client.followLogs("p", "main", { signal: AbortSignal.timeout(20_000) }))
      chunks.push(chunk);
    return Buffer.concat(chunks).toString("utf8");
  };

  test("are read with their limits", async () => {
    server.next("GET", "/pods/p/log", (_request, response) => response.end("text"));
    expect(await client.podLogs("p", "main", { tailLines: 0, limitBytes: 10 })).toBe("text");
    const query = server.requests.at(-1)?.query;
    expect([query?.get("tailLines"), query?.get("limitBytes"), query?.get("container")]).toEqual(["0", "10", "main"]);
  });

  test("of a container that does not run yet fail in the server's words", async () => {
    server.next("GET", "/pods/p/log", statusAnswer(400, "BadRequest", 'container "main" is waiting to start'));
    await expect(client.podLogs("p", "main")).rejects.toThrow("waiting to start");
  });

  test("are followed over breaks without a line lost or twice", async () => {
    server.next("GET", "/pods/p/log", statusAnswer(400, "BadRequest", 'container "main" is waiting to start'));
    server.next("GET", "/pods/p/log", statusAnswer(400, "BadRequest", 'container "main" in pod "p" is not available'));
    server.next("GET", "/pods/p/log", dropConnection);
    server.next("GET", "/pods/p/log", (_request, response) => {
      response.write(line(1, "one") + line(2, "two") + line(3, "thr").trimEnd());
      setImmediate(() => response.destroy());
    });
    server.next("GET", "/pods/p/log", (_request, response) => {
      ended();
      response.end(line(1, "one") + line(2, "two") + line(3, "three") + line(4, "four"));
    });
    expect(await follow()).toBe("one\ntwo\nthree\nfour\n");
    const asked = server.requests.filter(({ path }) => path.endsWith("/log")).at(-1)?.query;
    expect(asked?.get("sinceTime")).toBe("2026-01-01T00:00:01Z");
  });

  test("are followed of a Pod that its kubelet has not heard of yet", async () => {
    // The kubelet's own 404, as the API server passes it on: the Pod is bound, but has not reached the kubelet's watch.
    server.next("GET", "/pods/p/log", (_request, response) =>
      response.writeHead(404, { "Content-Type": "application/json" }).end(
        JSON.stringify({
          kind: "Status",
          apiVersion: "v1",
          status: "Failure",
          code: 404,
          reason: "NotFound",
          message: "the server could not find the requested resource ( pods/log p)",
          details: { name: "p", kind: "pods/log" },
        }),
      ),
    );
    server.next("GET", "/pods/p/log", (_request, response) => {
      ended();
      response.end(line(1, "one"));
    });
    expect(await follow()).toBe("one\n");
  });

  test("of a Pod that does not exist are an error", async () => {
    server.next("GET", "/pods/p/log", statusAnswer(404, "NotFound", 'pods "p" not found'));
    await expect(follow()).rejects.toMatchObject({ code: "FC_K8S_NOT_FOUND" });
  });

  test("are followed on when the stream ends but the container does not", async () => {
    server.objects.put(paths.pods, podJson("p", { phase: "Running" }));
    server.next("GET", "/pods/p/log", (_request, response) => response.end(line(1, "one")));
    server.next("GET", "/pods/p/log", (_request, response) => {
      ended();
      response.end(line(1, "one") + line(2, "two"));
    });
    expect(await follow()).toBe("one\ntwo\n");
  });

  test("are asked for again when nothing came for two minutes", async () => {
    server.next("GET", "/pods/p/log", (_request, response) => {
      response.write(line(1, "one"));
    });
    server.next("GET", "/pods/p/log", (_request, response) => {
      ended();
      response.end(line(1, "one") + line(2, "two"));
    });
    const followed = follow();
    await eventually(() => clock.fire(120_000) > 0);
    expect(await followed).toBe("one\ntwo\n");
  });

  test("are followed from where the caller says, and after a break from where they were", async () => {
    server.next("GET", "/pods/p/log", (_request, response) => {
      response.write(line(1, "one"));
      setImmediate(() => response.destroy());
    });
    server.next("GET", "/pods/p/log", (_request, response) => {
      ended();
      response.end(line(1, "one") + line(2, "two"));
    });
    const options = { signal: AbortSignal.timeout(20_000), tailLines: 1 };
    const chunks: Uint8Array[] = [];
    for await (const chunk of client.followLogs("p", "main", options)) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe("one\ntwo\n");
    const asked = server.requests
      .filter(({ path }) => path.endsWith("/log"))
      .map(({ query }) => query.get("tailLines"));
    expect(asked).toEqual(["1", null]);
  });

  test("end with a Pod that goes between two connections; of one that was never there they are an error", async () => {
    server.objects.put(paths.pods, podJson("p", { phase: "Running" }));
    const gone = statusAnswer(404, "NotFound", 'pods "p" not found');
    server.next("GET", "/pods/p/log", (_request, response) => response.end(line(1, "one")));
    server.next("GET", "/pods/p/log", gone);
    expect(await follow()).toBe("one\n");
    server.next("GET", "/pods/p/log", gone);
    await expect(follow()).rejects.toMatchObject({ code: "FC_K8S_NOT_FOUND" });
  });

  test("that may not be read are an error", async () => {
    server.next("GET", "/pods/p/log", statusAnswer(403, "Forbidden", "no pods/log"));
    await expect(follow()).rejects.toMatchObject({ code: "FC_K8S_FORBIDDEN" });
  });
});
