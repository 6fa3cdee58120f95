import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { deferred, type LogFields, ManualClock, silentLogger } from "@fc/core";
import { expect, onTestFinished, test } from "vitest";
import { PortProxy } from "../src/controllers/port-proxy.ts";

const host = "127.0.0.1";

async function listening(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((socket) => socket.end("pod"));
  server.listen(0, host);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

/** What a client of the port gets: an answer, or why not. */
function answer(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once("data", (data) => resolve(data.toString()));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}

async function untilAnswer(port: number, wanted: string): Promise<void> {
  while ((await answer(port)) !== wanted);
}

/** A proxy of a port that is taken, once it has found that out. */
async function proxyOfTaken(): Promise<{
  readonly proxy: PortProxy;
  readonly port: number;
  readonly clock: ManualClock;
  readonly warnings: LogFields[];
  readonly free: () => Promise<void>;
}> {
  const [pod, holder] = [await listening(), await listening()];
  const clock = new ManualClock();
  const warnings: LogFields[] = [];
  const refused = deferred();
  const warn = (fields: LogFields): void => {
    warnings.push(fields);
    refused.resolve();
  };
  const proxy = new PortProxy({
    host,
    port: holder.port,
    target: () => ({ ip: host, port: pod.port }),
    clock,
    logger: { ...silentLogger, warn },
  });
  onTestFinished(() => proxy.close());
  proxy.listen(true);
  await refused.promise;
  const free = async (): Promise<void> => {
    holder.server.close();
    await once(holder.server, "close");
  };
  return { proxy, port: holder.port, clock, warnings, free };
}

test("a Service port that something else has is listened on as soon as it is free, and told of once", async () => {
  const { port, clock, warnings, free } = await proxyOfTaken();
  for (let seconds = 0; seconds < 3; seconds += 1) await clock.advance(1_000);
  await free();
  await clock.advance(1_000);
  await untilAnswer(port, "pod");
  expect(warnings).toEqual([{ host, port, error: expect.stringContaining("EADDRINUSE") }]);
});

test("a Service port that was waited for is left alone when no Pod is there any more", async () => {
  const { proxy, port, clock, free } = await proxyOfTaken();
  proxy.listen(false);
  expect(clock.pending).toBe(0);
  await free();
  await clock.advance(1_000);
  expect(await answer(port)).toBe("ECONNREFUSED");
});

test("a Service port is what was wanted of it last, however quickly that changes", async () => {
  const { proxy, port, free } = await proxyOfTaken();
  await free();
  for (const wanted of [false, true, false, true]) proxy.listen(wanted);
  await untilAnswer(port, "pod");
  for (const wanted of [false, true]) proxy.listen(wanted);
  await untilAnswer(port, "pod");
  for (const wanted of [false, true, false]) proxy.listen(wanted);
  expect(await answer(port)).toBe("ECONNREFUSED");
});
