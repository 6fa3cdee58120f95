import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { FunctionSpec } from "../src/backend/index.ts";
import { listenerOptions, RuntimeApi, type RuntimeSession } from "../src/runtime-api/index.ts";

const spec = {
  functionName: "hello",
  version: "1",
  timeoutSeconds: 3,
  environment: {},
  runtime: "nodejs22.x",
  handler: "index.handler",
  account: "111122223333",
  region: "eu-west-1",
  logGroup: "/aws/lambda/hello",
} as unknown as FunctionSpec;
const fileBytes = Buffer.from("exports.x = 1;");
const code = {
  files: [{ path: "/var/task/index.js", mode: 0o640, sizeBytes: fileBytes.byteLength }],
  sizeBytes: fileBytes.byteLength,
  content: async function* () {
    yield fileBytes.subarray(0, 3);
    yield fileBytes.subarray(3);
  },
};

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

describe("the Runtime API over HTTP", () => {
  let runtimeApi: RuntimeApi;
  let server: ReturnType<typeof createServer>;
  let session: RuntimeSession;
  let sequence = 0;

  const call = (
    method: string,
    path: string,
    options: {
      host?: string;
      body?: Buffer | string;
      headers?: Record<string, string>;
      trailers?: Record<string, string>;
    } = {},
  ): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const { port } = server.address() as AddressInfo;
      const headers = { host: options.host ?? `${session.hostName}:${port}`, ...options.headers };
      const sent = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      });
      sent.on("error", reject);
      if (options.body !== undefined) sent.write(options.body);
      if (options.trailers !== undefined) sent.addTrailers(options.trailers);
      sent.end();
    });
  const next = (): Promise<Reply> => call("GET", "/2018-06-01/runtime/invocation/next");
  const invoke = (requestId: string, event = "{}") =>
    session.invoke({
      requestId,
      payload: Buffer.from(event),
      deadlineMs: Date.now() + 60_000,
      invokedFunctionArn: "arn:hello:live",
      clientContext: '{"name":"ü"}',
      traceId: "Root=1-x",
    });
  const open = (): RuntimeSession =>
    runtimeApi.open({ spec, code, initTimeoutMs: 10_000, awsEndpointUrl: "http://aws.test" });

  beforeEach(async () => {
    runtimeApi = new RuntimeApi({ newId: () => `env${sequence++}` });
    server = createServer(listenerOptions, (incoming, outgoing) => runtimeApi.handle(incoming, outgoing));
    server.on("upgrade", (incoming, socket, head) => runtimeApi.handleUpgrade(incoming, socket, head));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    session = open();
  });

  afterEach(async () => {
    await runtimeApi[Symbol.asyncDispose]();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test("delivers an event with AWS's headers and takes the response", async () => {
    const polled = next();
    await session.ready;
    const result = invoke("r1", '{"a":1}');
    const { status, headers, body } = await polled;
    expect(status).toBe(200);
    expect(body.toString()).toBe('{"a":1}');
    expect(headers).toMatchObject({
      "lambda-runtime-aws-request-id": "r1",
      "lambda-runtime-invoked-function-arn": "arn:hello:live",
      "lambda-runtime-trace-id": "Root=1-x",
      "lambda-runtime-client-context": '{"name":"\\u00fc"}',
    });
    expect(Number(headers["lambda-runtime-deadline-ms"])).toBeGreaterThan(Date.now());
    const answered = await call("POST", "/2018-06-01/runtime/invocation/r1/response", { body: "[1]" });
    expect([answered.status, answered.body.toString().trim()]).toEqual([202, '{"status":"OK"}']);
    expect(Buffer.from((await result).payload).toString()).toBe("[1]");
  });

  test("takes an error with its type from the header", async () => {
    const polled = next();
    await session.ready;
    const result = invoke("r1");
    await polled;
    const headers = { "Lambda-Runtime-Function-Error-Type": "Function.Bad" };
    await call("POST", "/2018-06-01/runtime/invocation/r1/error", { body: '{"errorMessage":"m"}', headers });
    expect(await result).toMatchObject({ outcome: "unhandled", errorType: "Function.Bad" });
  });

  test("collects a streamed response and believes its error trailers", async () => {
    const headers = {
      "Lambda-Runtime-Function-Response-Mode": "streaming",
      "Transfer-Encoding": "chunked",
      Trailer: "Lambda-Runtime-Function-Error-Type",
    };
    for (const [requestId, trailers] of [
      ["r1", {}],
      [
        "r2",
        {
          "Lambda-Runtime-Function-Error-Type": "Error",
          "Lambda-Runtime-Function-Error-Body": Buffer.from('{"errorMessage":"late"}').toString("base64"),
        },
      ],
    ] as const) {
      const polled = next();
      await session.ready;
      const result = invoke(requestId);
      await polled;
      await call("POST", `/2018-06-01/runtime/invocation/${requestId}/response`, { body: "part", headers, trailers });
      const { outcome, payload } = await result;
      expect([outcome, Buffer.from(payload).toString()]).toEqual(
        requestId === "r1" ? ["success", "part"] : ["unhandled", '{"errorMessage":"late"}'],
      );
    }
  });

  test("refuses a response above 6 MB and tells the caller so", async () => {
    const polled = next();
    await session.ready;
    const result = invoke("r1");
    await polled;
    const answered = await call("POST", "/2018-06-01/runtime/invocation/r1/response", {
      body: Buffer.alloc(6_291_557, "1"),
    });
    expect([answered.status, JSON.parse(answered.body.toString())]).toMatchObject([
      413,
      { errorType: "RequestEntityTooLarge" },
    ]);
    expect(await result).toMatchObject({ outcome: "unhandled", errorType: "Function.ResponseSizeTooLarge" });
  });

  test("refuses answers to invocations that are not open", async () => {
    const answered = await call("POST", "/2018-06-01/runtime/invocation/other/response", { body: "1" });
    expect([answered.status, JSON.parse(answered.body.toString())]).toMatchObject([
      400,
      { errorType: "InvalidRequestID" },
    ]);
  });

  test("takes an init error once", async () => {
    const body = '{"errorType":"Runtime.HandlerNotFound","errorMessage":"x"}';
    expect((await call("POST", "/2018-06-01/runtime/init/error", { body })).status).toBe(202);
    await expect(session.ready).rejects.toMatchObject({
      details: { errorType: "Runtime.HandlerNotFound", payload: body },
    });
  });

  test("knows environments by their name only", async () => {
    expect((await call("GET", "/2018-06-01/runtime/invocation/next", { host: "other.rt" })).status).toBe(403);
    expect((await call("GET", `/gate/${"0".repeat(48)}/pack`)).status).toBe(403);
  });

  describe("the Extensions API", () => {
    const register = (name: string, events: readonly string[] = ["INVOKE"]): Promise<Reply> =>
      call("POST", "/2020-01-01/extension/register", {
        body: JSON.stringify({ events }),
        headers: { "Lambda-Extension-Name": name, "Lambda-Extension-Accept-Feature": "accountId" },
      });
    const nextEvent = (id: string): Promise<Reply> =>
      call("GET", "/2020-01-01/extension/event/next", { headers: { "Lambda-Extension-Identifier": id } });
    const errorTypeOf = ({ body }: Reply): string => JSON.parse(body.toString()).errorType;

    test("registers, and tells of invocations and of the end", async () => {
      const withExtension = { ...code, files: [{ path: "/opt/extensions/watch", mode: 0o755, sizeBytes: 14 }] };
      session = runtimeApi.open({
        spec,
        code: withExtension,
        initTimeoutMs: 10_000,
        awsEndpointUrl: "http://aws.test",
      });
      const waiting = call("GET", `/gate/${session.token}/extensions`);
      const registered = await register("watch", ["INVOKE", "SHUTDOWN"]);
      expect((await waiting).status).toBe(200);
      expect(JSON.parse(registered.body.toString())).toEqual({
        functionName: "hello",
        functionVersion: "1",
        handler: "index.handler",
        accountId: "111122223333",
      });
      const id = String(registered.headers["lambda-extension-identifier"]);
      const polled = next();
      const event = nextEvent(id);
      await session.ready;
      const result = invoke("r1");
      await polled;
      expect(JSON.parse((await event).body.toString())).toEqual({
        eventType: "INVOKE",
        deadlineMs: expect.any(Number),
        requestId: "r1",
        invokedFunctionArn: "arn:hello:live",
        tracing: { type: "X-Amzn-Trace-Id", value: "Root=1-x" },
      });
      await call("POST", "/2018-06-01/runtime/invocation/r1/response", { body: "[1]" });
      expect((await result).outcome).toBe("success");
      const last = nextEvent(id);
      session.close();
      expect(JSON.parse((await last).body.toString())).toMatchObject({
        eventType: "SHUTDOWN",
        shutdownReason: "spindown",
      });
      // The runtime, which may just be done, is not refused but let go; an extension that asks for more is done.
      const refused = expect(next()).rejects.toThrow("socket hang up");
      nextEvent(id).catch(() => undefined);
      await session.finished;
      await refused;
    });

    test("refuses in AWS's words", async () => {
      expect(errorTypeOf(await register(""))).toBe("Extension.InvalidExtensionName");
      expect(errorTypeOf(await register("inside", ["SHUTDOWN"]))).toBe("Extension.InvalidEventType");
      expect(errorTypeOf(await nextEvent("nobody"))).toBe("Extension.UnknownExtensionIdentifier");
      expect(errorTypeOf(await call("GET", "/2020-01-01/extension/event/next"))).toBe("Extension.MissingHeader");
      const polled = next();
      await session.ready;
      const late = await register("late");
      expect([late.status, errorTypeOf(late)]).toEqual([403, "Extension.RegistrationClosed"]);
      session.close();
      await expect(polled).rejects.toThrow();
    });

    test("fails the init phase with an extension that cannot start", async () => {
      const id = String((await register("inside")).headers["lambda-extension-identifier"]);
      const headers = {
        "Lambda-Extension-Identifier": id,
        "Lambda-Extension-Function-Error-Type": "Extension.Unlucky",
      };
      const body = '{"errorMessage":"no","errorType":"Extension.Unlucky"}';
      expect((await call("POST", "/2020-01-01/extension/init/error", { headers, body })).status).toBe(202);
      await expect(session.ready).rejects.toMatchObject({ details: { errorType: "Extension.InitError" } });
    });
  });

  describe("the Telemetry and Logs APIs", () => {
    const subscription = JSON.stringify({
      schemaVersion: "2022-12-13",
      types: ["platform"],
      destination: { protocol: "TCP", port: 4243 },
    });
    const register = async (): Promise<string> => {
      const headers = { "Lambda-Extension-Name": "inside" };
      const { headers: answered } = await call("POST", "/2020-01-01/extension/register", { body: "{}", headers });
      return String(answered["lambda-extension-identifier"]);
    };
    const subscribe = async (
      id: string | undefined,
      { path = "/2022-07-01/telemetry", body = subscription } = {},
    ): Promise<unknown> => {
      const headers: Record<string, string> = id === undefined ? {} : { "Lambda-Extension-Identifier": id };
      const reply = await call("PUT", path, { body, headers });
      return [reply.status, JSON.parse(reply.body.toString())];
    };
    /** Opens the connection by which a supervisor is known. */
    const supervise = (): Promise<unknown> =>
      new Promise((resolve) => {
        const { port } = server.address() as AddressInfo;
        const held = request(
          { host: "127.0.0.1", port, path: `/gate/${session.token}/console`, agent: false },
          resolve,
        );
        held.on("error", () => undefined).end();
      });

    test("take a subscription in an environment with a supervisor, and refuse in AWS's words", async () => {
      await supervise();
      const id = await register();
      expect(await subscribe(undefined)).toMatchObject([403, { errorType: "Extension.MissingHeader" }]);
      expect(await subscribe("nobody")).toMatchObject([403, { errorType: "Extension.UnknownExtensionIdentifier" }]);
      expect(await subscribe(id, { body: "{" })).toMatchObject([400, { errorType: "ValidationError" }]);
      const logs = { path: "/2020-08-15/logs" };
      expect(await subscribe(id, { ...logs, body: "{}" })).toMatchObject([
        400,
        { errorType: "Logs.ValidationError", errorMessage: "destination is not provided; types should not be empty" },
      ]);
      expect(await subscribe(id)).toEqual([200, "OK"]);
      expect(await subscribe(id)).toEqual([200, "OK"]);
      const older = subscription.replace("2022-12-13", "2021-03-18");
      expect(await subscribe(id, { ...logs, body: older })).toMatchObject([400, { errorType: "Logs.ValidationError" }]);
    });

    test("take a subscription where a container image's extensions have a courier, who dials the channel", async () => {
      const { port } = server.address() as AddressInfo;
      const courier = request({
        ...{ host: "127.0.0.1", port, path: `/gate/${session.token}/courier`, agent: false },
        headers: { Connection: "Upgrade", Upgrade: "fc-courier" },
      });
      const [, socket] = (await once(courier.end(), "upgrade")) as [IncomingMessage, Socket];
      expect(await subscribe(await register())).toEqual([200, "OK"]);
      session.codeArrived();
      const [line] = (await once(socket, "data")) as [Buffer];
      expect(line.toString()).toBe("telemetry 0\n");
      session.close();
      await once(socket, "close");
    });

    test("are closed after the init phase", async () => {
      await supervise();
      const id = await register();
      next().catch(() => undefined);
      call("GET", "/2020-01-01/extension/event/next", { headers: { "Lambda-Extension-Identifier": id } }).catch(
        () => undefined,
      );
      await session.ready;
      const closed = {
        errorType: "Telemetry.SubscriptionClosed",
        errorMessage: "Telemetry API subscription is closed already",
      };
      expect(await subscribe(id)).toEqual([403, closed]);
    });

    test("say that they are not there in an environment that nothing of ours is in, in a way that extensions go on", async () => {
      expect(await subscribe(await register())).toMatchObject([202, { errorType: "Telemetry.NotSupported" }]);
    });
  });

  test("gives environment and code through the gate, once", async () => {
    const { status, headers, body } = await call("GET", `/gate/${session.token}/pack`);
    expect([status, headers["content-length"]]).toEqual([200, String(body.byteLength)]);
    const length = body.readUInt32BE(0);
    const meta = JSON.parse(body.toString("utf8", 4, 4 + length));
    expect(meta.files).toEqual([["/var/task/index.js", 0o640, 14]]);
    expect(meta.env).toMatchObject({ AWS_LAMBDA_FUNCTION_NAME: "hello", AWS_ENDPOINT_URL: "http://aws.test" });
    expect(body.subarray(4 + length, -32).toString()).toBe("exports.x = 1;");
    expect(body.subarray(-32)).toEqual(createHash("sha256").update(body.subarray(0, -32)).digest());
    await vi.waitUntil(() => session.hasCode);
    expect((await call("GET", `/gate/${session.token}/pack`)).status).toBe(410);
  });

  test("knows a gate's token no longer than its environment", async () => {
    const other = open();
    session.close();
    await session.finished;
    expect((await call("GET", `/gate/${session.token}/pack`)).status).toBe(403);
    expect((await call("GET", `/gate/${other.token}/pack`)).status).toBe(200);
  });

  test("lets only the address that took an environment's code speak for it", async () => {
    await call("GET", `/gate/${session.token}/pack`);
    const answer = new Promise<unknown>((resolve) => {
      const request = { method: "GET", url: "/2018-06-01/runtime/invocation/next" };
      const from = { headers: { host: session.hostName }, socket: { remoteAddress: "10.0.0.9" } };
      const response = { writeHead: (status: number) => resolve(status), end: () => undefined };
      runtimeApi.handle({ ...request, ...from } as never, response as never);
    });
    expect(await answer).toBe(403);
    const polled = next();
    await session.ready;
    session.close();
    await expect(polled).rejects.toThrow();
  });

  describe("a session without a function", () => {
    const function1 = { spec, code, initTimeoutMs: 10_000, awsEndpointUrl: "http://aws.test" };

    test("lets its environment wait at the gate until it is assigned one, once", async () => {
      session = runtimeApi.open();
      const answer = call("GET", `/gate/${session.token}/pack`);
      await session.atGate;
      expect(session.hasCode).toBe(false);
      expect([session.assign(function1), session.assign(function1)]).toEqual([true, false]);
      expect((await answer).body.toString()).toContain("exports.x = 1;");
      await vi.waitUntil(() => session.hasCode);
    });

    test("may be assigned one before its environment asks", async () => {
      session = runtimeApi.open();
      session.assign(function1);
      expect((await call("GET", `/gate/${session.token}/pack`)).status).toBe(200);
    });

    test("ends as lost when its environment hangs up while it waits", async () => {
      session = runtimeApi.open();
      const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
      socket.write(`GET /gate/${session.token}/pack HTTP/1.1\r\nHost: gate\r\n\r\n`);
      await session.atGate;
      socket.destroy();
      expect(await session.ended).toMatchObject({ reason: "lost" });
      expect(session.assign(function1)).toBe(false);
    });

    test("ends as lost when its environment does not take the code that it waited for", async () => {
      session = runtimeApi.open();
      const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
      socket.write(`GET /gate/${session.token}/pack HTTP/1.1\r\nHost: gate\r\n\r\n`);
      await session.atGate;
      session.assign({ ...function1, transferTimeoutMs: 50 });
      await expect(session.ready).rejects.toMatchObject({
        code: "FC_LAMBDA_LAUNCH_FAILED",
        details: { reason: "the environment took no code for 50 ms" },
      });
      socket.destroy();
    });

    test("that ends lets its environment go", async () => {
      session = runtimeApi.open();
      const answer = call("GET", `/gate/${session.token}/pack`);
      await session.atGate;
      session.close();
      await expect(answer).rejects.toThrow();
    });
  });

  test("gives shells the same as lines", async () => {
    const { body } = await call("GET", `/gate/${session.token}/stream`);
    const [size = ""] = body.toString().split("\n", 1);
    const start = size.length + 1;
    const line = (content: string): string =>
      execFileSync("cksum", { input: content, encoding: "utf8" }).replace(/^\d+/, (sum) => sum.padStart(10));
    const [code, prefix] = ["exports.x = 1;", "640 14\n/var/task/index.js\n\n"];
    const checksum = line(body.toString().slice(start, start + Number(size)) + prefix);
    expect(body.toString().slice(start + Number(size))).toBe(`${prefix}${code}${line(code)}. ${checksum}`);
  });

  test("a gate that hangs up as soon as it has everything is not lost", async () => {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.write(`GET /gate/${session.token}/stream HTTP/1.0\r\n\r\n`);
    let received = "";
    for await (const chunk of socket) {
      received += String(chunk);
      if (/\. [0-9a-f]{64}\n$/.test(received)) {
        socket.resetAndDestroy();
        break;
      }
    }
    const polled = next();
    expect(await session.ready).toBeDefined();
    const result = invoke("r1");
    expect((await polled).status).toBe(200);
    await call("POST", "/2018-06-01/runtime/invocation/r1/response", { body: "1" });
    expect((await result).outcome).toBe("success");
  });

  test("a gate that refuses the code ends the environment, and says why", async () => {
    expect((await call("POST", `/gate/${session.token}/refused/cannot%20write%20/var/task/index.js`)).status).toBe(204);
    await expect(session.ready).rejects.toMatchObject({
      code: "FC_LAMBDA_LAUNCH_FAILED",
      details: { end: "lost", reason: "its gate refused the code: cannot write /var/task/index.js" },
    });
  });

  test("what the gate of an earlier runtime does is nothing to the next one", async () => {
    const { port } = server.address() as AddressInfo;
    const dial = (path: string, headers = ""): Socket => {
      const socket = connect(port, "127.0.0.1");
      socket.write(`GET /gate/${session.token}/${path} HTTP/1.1\r\nHost: gate\r\n${headers}\r\n`);
      return socket;
    };
    const report = (exit: string): Promise<Reply> => call("POST", `/gate/${session.token}/exit/${exit}/no/-`);
    const supervisor = dial("supervisor", "Connection: Upgrade\r\nUpgrade: fc-supervisor\r\n");
    await once(supervisor, "data");
    await call("GET", `/gate/${session.token}/stream`);
    const polled = expect(next()).rejects.toThrow();
    await session.ready;
    await report("3");
    await polled;
    const gate = dial("stream");
    const late = await session.invoke({
      requestId: "r1",
      payload: Buffer.from("{}"),
      deadlineMs: Date.now() + 50,
      invokedFunctionArn: "arn:hello",
    });
    expect(late.errorType).toBe("Sandbox.Timedout");
    // It is killed with everything that it was sent, or not.
    gate.destroy();
    await report("137");
    await expect(next()).rejects.toThrow();
    const event = invoke("r2");
    await call("GET", `/gate/${session.token}/stream`);
    expect((await next()).headers["lambda-runtime-aws-request-id"]).toBe("r2");
    await call("POST", "/2018-06-01/runtime/invocation/r2/response", { body: "[1]" });
    expect((await event).outcome).toBe("success");
    supervisor.destroy();
  });

  test("ends an environment whose supervisor reports the exit", async () => {
    const polled = next();
    await session.ready;
    const result = invoke("r1");
    await polled;
    expect((await call("POST", `/gate/${session.token}/exit/3/no`)).status).toBe(204);
    expect(Buffer.from((await result).payload).toString()).toContain("exit status 3");
  });

  test("tells its requests from those of another API on the same listener", () => {
    const accepts = (host: string, url: string): boolean => runtimeApi.accepts({ headers: { host }, url } as never);
    expect(accepts("abc.rt:9001", "/2018-06-01/runtime/invocation/next")).toBe(true);
    expect(accepts("127.0.0.1:9001", "/gate/token/pack")).toBe(true);
    expect(accepts("127.0.0.1:4566", "/2015-03-31/functions")).toBe(false);
  });
});
