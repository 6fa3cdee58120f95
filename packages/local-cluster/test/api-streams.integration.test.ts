import { on, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type ApiHarness, podBody, startApi } from "./api-harness.ts";
import { Kubectl } from "./kubectl.ts";
import { newestKubectl } from "./kubectls.ts";

const program = newestKubectl()?.path;
/** A stream goes to the Pod's node. */
const placed = { nodeName: "n", containers: [{ name: "main", image: "busybox" }] };

let api: ApiHarness;
let echo: Server;
let home: string;
const pod = "/api/v1/namespaces/default/pods/p";

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "fc-streams-"));
  echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
  await once(echo, "listening");
  api = await startApi(new Map([[8080, (echo.address() as AddressInfo).port]]));
  await api.call("POST", "/api/v1/namespaces/default/pods", podBody("p", { spec: placed }));
  api.store.modify("pods", "default", "p", (draft) => Object.assign(draft, { status: { phase: "Running" } }));
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  echo.close();
  await rm(home, { recursive: true });
});

interface Session {
  readonly socket: WebSocket;
  /** Bytes per channel, when the socket is closed. */
  readonly done: Promise<{ channels: Record<number, string>; code: number }>;
}

function open(path: string, protocols: string[]): Session {
  const headers = { authorization: `Bearer ${api.token}` };
  const socket = new WebSocket(`${api.api.url.replace("https", "wss")}${path}`, protocols, {
    ca: api.authority,
    headers,
  });
  const channels: Record<number, string> = {};
  socket.on("message", (data: Buffer) => {
    channels[data[0]!] = (channels[data[0]!] ?? "") + data.subarray(1).toString("latin1");
  });
  // A refused upgrade has no channels; its test looks at the response instead.
  socket.once("error", () => undefined);
  const done = new Promise<[number]>((resolve) => socket.once("close", (code: number) => resolve([code]))).then(
    ([code]) => ({ channels, code }),
  );
  return { socket, done };
}

describe("exec over WebSocket", () => {
  const exec = (...argv: string[]): string =>
    `${pod}/exec?stdout=true&stderr=true&${argv.map((word) => `command=${encodeURIComponent(word)}`).join("&")}`;

  test("ends with all output, a status and close code 1000", async () => {
    const { channels, code } = await open(exec("say", "hello"), ["v5.channel.k8s.io"]).done;
    expect({ ...channels, code }).toEqual({ 1: "hello", 3: '{"metadata":{},"status":"Success"}', code: 1000 });
  });

  test("tells the exit code", async () => {
    const { channels } = await open(exec("exit", "7"), ["v4.channel.k8s.io"]).done;
    expect(JSON.parse(channels[3]!)).toMatchObject({
      reason: "NonZeroExitCode",
      details: { causes: [{ reason: "ExitCode", message: "7" }] },
    });
  });

  test("tells why a program does not start", async () => {
    const { channels } = await open(exec("missing"), ["v5.channel.k8s.io"]).done;
    expect(JSON.parse(channels[3]!)).toMatchObject({ code: 500, message: expect.stringContaining("no such program") });
  });

  test("the close signal of v5 ends stdin, and what was sent before arrives whole", async () => {
    const { socket, done } = open(`${exec("echo")}&stdin=true`, ["v5.channel.k8s.io"]);
    await once(socket, "open");
    const big = Buffer.alloc(300_000, "x");
    socket.send(Buffer.concat([Buffer.from([0]), big]));
    socket.send(Buffer.from([255, 0]));
    expect((await done).channels[1]).toHaveLength(big.length);
  });

  test.each([
    [exec("say", "x").replace("/p/", "/absent/"), 404],
    [`${pod}/exec?stdout=true`, 400],
    [`${exec("say")}&container=other`, 400],
  ])("%s is refused before the upgrade with %i and a Status", async (path, code) => {
    const { socket } = open(path, ["v5.channel.k8s.io"]);
    socket.on("error", () => undefined);
    const [, response] = await once(socket, "unexpected-response");
    expect(response.statusCode).toBe(code);
    expect(JSON.parse((await response.toArray()).join(""))).toMatchObject({ kind: "Status", code });
    socket.terminate();
  });
});

test("a log is answered as text, with its options", async () => {
  expect((await api.call("GET", `${pod}/log?tailLines=3`)).body).toBe("main 3\n");
  expect(await api.call("GET", `${pod}/log?container=no`)).toMatchObject({
    code: 400,
    body: { message: "container no is not valid for pod p" },
  });
});

test("the channel form of port-forward names its port and carries data both ways", async () => {
  const { socket, done } = open(`${pod}/portforward?ports=8080`, ["v4.channel.k8s.io"]);
  await once(socket, "open");
  socket.send(Buffer.from("\0ping"));
  let text = "";
  for await (const [data] of on(socket, "message")) {
    if (data[0] === 0) text += data.subarray(1).toString("latin1");
    if (text.endsWith("ping")) break;
  }
  expect(text).toBe("\x90\x1fping");
  socket.close(1000);
  await done;
});

const transports: readonly [string, Record<string, string>][] = [
  ["a WebSocket tunnel", {}],
  ["SPDY", { KUBECTL_PORT_FORWARD_WEBSOCKETS: "false" }],
];

describe.skipIf(program === undefined)("kubectl port-forward", () => {
  test.each(transports)("carries three connections over %s", async (_name, env) => {
    const kubectl = new Kubectl({ program, kubeconfig: api.api.kubeconfigPath, home, env });
    const forward = kubectl.start(["port-forward", "pod/p", ":8080"]);
    const lines = createInterface(forward.stdout)[Symbol.asyncIterator]();
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(String((await lines.next()).value))?.[1]);
    for (const size of [5, 200_000, 1]) {
      const socket = connect(port, "127.0.0.1");
      socket.end(Buffer.alloc(size, "z"));
      const chunks: Buffer[] = [];
      for await (const chunk of socket) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks)).toHaveLength(size);
    }
    forward.kill();
    await once(forward, "close");
  });

  test("says why a connection fails", async () => {
    const kubectl = new Kubectl({ program, kubeconfig: api.api.kubeconfigPath, home });
    const forward = kubectl.start(["port-forward", "pod/p", ":9"]);
    const lines = createInterface(forward.stdout)[Symbol.asyncIterator]();
    const errors = createInterface(forward.stderr)[Symbol.asyncIterator]();
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(String((await lines.next()).value))?.[1]);
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    expect((await errors.next()).value).toContain("error forwarding port 9 to pod");
    socket.destroy();
    forward.kill();
    await once(forward, "close");
  });
});
