import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { ManualClock, silentLogger } from "@fc/core";
import type { V1Pod } from "@kubernetes/client-node";
import { expect, onTestFinished, test } from "vitest";
import { cacheAnnotations } from "../pod/cache-names.ts";
import { ServiceRoutes } from "./service-route.ts";

async function listening(answer: () => string): Promise<{ readonly port: number; readonly connections: () => number }> {
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(answer()));
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

const stats = "STAT time 1000\r\nSTAT uptime 10\r\nEND\r\n";

async function setUp(answers: { pod: () => string; service: () => string }) {
  const clock = new ManualClock();
  const [inPod, atService] = [await listening(answers.pod), await listening(answers.service)];
  const spec = { nodeKey: "a/0001", engine: "memcached", port: atService.port } as never;
  const client = { namespace: "default", dial: async () => connect(inPod.port, "127.0.0.1") };
  const secrets = { access: async () => ({ authority: { certificate: "" }, adminPassword: () => "" }) };
  const pod: V1Pod = { metadata: { name: "p", annotations: { [cacheAnnotations.spec]: JSON.stringify(spec) } } };
  const context = { client, secrets, clock, logger: silentLogger } as never;
  const routes = new ServiceRoutes();
  const settled = (): Promise<void> =>
    routes.settled(context, spec, { spec: { clusterIP: "127.0.0.1" } }, [pod], new AbortController().signal);
  return { clock, atService, settled };
}

test("what was not reached in time is looked at again after a minute, not before: the machine may have been busy", async () => {
  let answer = (): string => {
    void clock.advance(5_000);
    return "HTTP/1.1 400 Bad Request\r\n\r\n";
  };
  const { clock, atService, settled } = await setUp({ pod: () => stats, service: () => answer() });
  await settled();
  expect(atService.connections()).toBe(1);
  answer = () => stats;
  await settled();
  expect(atService.connections()).toBe(1);
  await clock.advance(60_000);
  await settled();
  await settled();
  expect(atService.connections()).toBe(3);
});

test("a Pod that could not be asked says nothing of Services", async () => {
  let answer = "";
  const { atService, settled } = await setUp({ pod: () => answer, service: () => stats });
  await settled();
  expect(atService.connections()).toBe(0);
  answer = stats;
  await settled();
  expect(atService.connections()).toBe(1);
});
