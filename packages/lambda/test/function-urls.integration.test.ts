import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateFunctionUrlConfigCommand,
  type CreateFunctionUrlConfigCommandInput,
  PutFunctionConcurrencyCommand,
  UpdateFunctionUrlConfigCommand,
} from "@aws-sdk/client-lambda";
import { createNodeHandler } from "@fc/aws";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MemoryFault, type MemoryFunction, MemoryStreamedResponse } from "../src/testing/index.ts";
import { type Harness, lambdaHarness } from "./support/lambda-harness.ts";
import { makeFunction } from "./support/make-function.ts";

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}
interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
}
const prelude = "application/vnd.awslambda.http-integration-response";

describe("a function behind a URL", () => {
  let rig: Harness;
  let server: ReturnType<typeof createServer>;
  let host: string;
  let run: MemoryFunction;

  beforeEach(async () => {
    rig = lambdaHarness({ handlers: { f: (event, context) => run(event, context) } });
    server = createServer(createNodeHandler((incoming) => rig.lambda.urls.handle(incoming)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    await makeFunction(rig);
  });
  afterEach(async () => {
    await rig.lambda[Symbol.asyncDispose]();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const create = async (input: Partial<CreateFunctionUrlConfigCommandInput> = {}): Promise<void> => {
    const { FunctionUrl } = await rig.client.send(
      new CreateFunctionUrlConfigCommand({ FunctionName: "f", AuthType: "NONE", ...input }),
    );
    host = new URL(FunctionUrl ?? "").host;
  };
  const open = (path: string, { method = "GET", headers = {}, body }: Sent = {}): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { port } = server.address() as AddressInfo;
      const sent = request({ host: "127.0.0.1", port, path, method, headers: { host, ...headers }, agent: false });
      sent.on("response", resolve).on("error", reject).end(body);
    });
  const call = async (path: string, sent?: Sent): Promise<Reply> => {
    const answer = await open(path, sent);
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    return { status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString() };
  };
  const seen = async (path: string, sent?: Sent): Promise<Record<string, unknown>> => {
    run = (event) => event as object;
    return JSON.parse((await call(path, sent)).text);
  };

  test("gets AWS's event, payload format 2.0", async () => {
    await create();
    const event = await seen("/a%20b/c?x=1&y=%26&x=2", {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "test", "x-many": ["1", "2"], cookie: "a=1; b=2" },
      body: '{"ü":1}',
    });
    const [urlId = ""] = host.split(".");
    expect(event).toMatchObject({
      version: "2.0",
      routeKey: "$default",
      rawPath: "/a%20b/c",
      rawQueryString: "x=1&y=%26&x=2",
      cookies: ["a=1", "b=2"],
      headers: { host, "x-many": "1,2", "x-forwarded-proto": "http", "x-forwarded-for": "127.0.0.1" },
      queryStringParameters: { x: "1,2", y: "&" },
      requestContext: {
        accountId: "anonymous",
        apiId: urlId,
        domainName: host.replace(/:\d+$/, ""),
        domainPrefix: urlId,
        http: { method: "POST", path: "/a%20b/c", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "test" },
        routeKey: "$default",
        stage: "$default",
        time: "01/Jan/2026:00:00:00 +0000",
        timeEpoch: Date.UTC(2026, 0, 1),
      },
      body: '{"ü":1}',
      isBase64Encoded: false,
    });
    expect(event["headers"]).not.toHaveProperty("cookie");
  });

  test("gets a binary body in base64, and none when there is none", async () => {
    await create();
    const headers = { "content-type": "image/png" };
    const binary = await seen("/", { method: "PUT", headers, body: Buffer.from([0, 255]) });
    expect(binary).toMatchObject({ body: "AP8=", isBase64Encoded: true });
    const empty = await seen("/");
    expect(empty).toMatchObject({ rawQueryString: "", isBase64Encoded: false });
    for (const name of ["body", "cookies", "queryStringParameters"]) expect(empty).not.toHaveProperty(name);
  });

  test("is reached by path where its host name does not resolve", async () => {
    await create();
    const event = await seen(`/_fakecloud/lambda/url/${host.slice(0, 32)}/deep?q=1`, {
      headers: { host: "127.0.0.1" },
    });
    expect(event).toMatchObject({ rawPath: "/deep", rawQueryString: "q=1" });
  });

  test.each([
    ["a text", "hi", 200, "application/json", '"hi"'],
    ["an object", { a: 1 }, 200, "application/json", '{"a":1}'],
    ["a response", { statusCode: 201, headers: { "Content-Type": "text/html" }, body: "<p>" }, 201, "text/html", "<p>"],
    ["a binary response", { statusCode: 200, body: "aGk=", isBase64Encoded: true }, 200, "application/json", "hi"],
    ["a status alone", { statusCode: 404 }, 404, "application/json", ""],
  ])("answers with %s", async (_what, answer, status, type, text) => {
    await create();
    run = () => answer;
    const reply = await call("/");
    expect(reply).toMatchObject({ status, text, headers: { "content-type": type } });
    expect(reply.headers["x-amzn-requestid"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("sets several cookies", async () => {
    await create();
    run = () => ({ statusCode: 200, cookies: ["a=1; Path=/", "b=2"] });
    expect((await call("/")).headers["set-cookie"]).toEqual(["a=1; Path=/", "b=2"]);
  });

  test.each<[string, MemoryFunction]>([
    ["fails", () => Promise.reject(new Error("no"))],
    ["times out", () => Promise.reject(new MemoryFault("timeout"))],
    ["crashes", () => Promise.reject(new MemoryFault("crash"))],
    ["answers with no status", () => ({ statusCode: "abc" })],
    ["answers with no header", () => ({ statusCode: 200, headers: { "x-a": "1\r\nx-b: 2" } })],
  ])("is a bad gateway when it %s", async (_what, failing) => {
    await create();
    run = failing;
    expect(await call("/")).toMatchObject({ status: 502, text: "Internal Server Error" });
  });

  test("that is throttled answers 429, one that nobody has 403, a body that is too large 413", async () => {
    await create();
    await rig.client.send(new PutFunctionConcurrencyCommand({ FunctionName: "f", ReservedConcurrentExecutions: 0 }));
    expect(await call("/")).toMatchObject({ status: 429, text: '{"Message":"Rate Exceeded."}' });
    const unknown = { headers: { host: `${"0".repeat(32)}.lambda-url.us-east-1.localhost` } };
    expect(await call("/", unknown)).toMatchObject({ status: 403, text: '{"Message":null}' });
    const large = { method: "POST", body: Buffer.alloc(6_291_457) };
    expect(await call("/", large)).toMatchObject({ status: 413 });
  });

  test("with AWS_IAM lets signed requests in only", async () => {
    await create({ AuthType: "AWS_IAM" });
    run = (event) => (event as { requestContext: object }).requestContext;
    expect(await call("/")).toMatchObject({
      status: 403,
      text: '{"Message":"Forbidden"}',
      headers: { "x-amzn-errortype": "AccessDeniedException" },
    });
    const authorization = (service: string): Sent => ({
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=KEY/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
      },
    });
    expect((await call("/", authorization("s3"))).status).toBe(403);
    const { status, text } = await call("/", authorization("lambda"));
    expect([status, JSON.parse(text)]).toMatchObject([
      200,
      { accountId: "000000000000", authorizer: { iam: { accessKey: "KEY" } } },
    ]);
  });

  describe("with CORS", () => {
    const preflight = { origin: "https://a.test", "access-control-request-method": "PUT" };

    test("answers preflights itself, and only for origins that may", async () => {
      await create({
        Cors: {
          AllowOrigins: ["https://a.test"],
          AllowMethods: ["GET", "PUT"],
          AllowHeaders: ["x-a"],
          MaxAge: 60,
          AllowCredentials: true,
        },
      });
      run = () => expect.unreachable();
      const { status, headers } = await call("/", { method: "OPTIONS", headers: preflight });
      expect([status, headers]).toMatchObject([
        200,
        {
          "access-control-allow-origin": "https://a.test",
          "access-control-allow-methods": "GET,PUT",
          "access-control-allow-headers": "x-a",
          "access-control-max-age": "60",
          "access-control-allow-credentials": "true",
        },
      ]);
      const other = await call("/", { method: "OPTIONS", headers: { ...preflight, origin: "https://b.test" } });
      expect(other.headers).not.toHaveProperty("access-control-allow-origin");
    });

    test("adds its headers to answers, over the function's own", async () => {
      await create({ Cors: { AllowOrigins: ["*"], ExposeHeaders: ["x-a", "x-b"] } });
      run = () => ({ statusCode: 200, headers: { "access-control-allow-origin": "https://own.test" } });
      const { headers } = await call("/", { headers: { origin: "https://a.test" } });
      expect(headers).toMatchObject({
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "x-a,x-b",
      });
    });

    test("or without, OPTIONS is the function's", async () => {
      await create();
      run = () => ({ statusCode: 204, headers: { allow: "GET" } });
      expect(await call("/", { method: "OPTIONS", headers: preflight })).toMatchObject({
        status: 204,
        headers: { allow: "GET" },
      });
    });
  });

  describe("that streams", () => {
    const metadata = JSON.stringify({ statusCode: 201, headers: { "x-a": "1" }, cookies: ["c=1"] });

    test("is heard as it speaks, with the head that it sends first", async () => {
      await create({ InvokeMode: "RESPONSE_STREAM" });
      const heard = Promise.withResolvers<void>();
      run = () =>
        new MemoryStreamedResponse(
          (async function* () {
            // The separator in two pieces.
            yield `${metadata}\0\0\0`;
            yield "\0\0\0\0\0first";
            await heard.promise;
            yield " second";
          })(),
          prelude,
        );
      const answer = await open("/");
      expect([answer.statusCode, answer.headers]).toMatchObject([201, { "x-a": "1", "set-cookie": ["c=1"] }]);
      const reader = answer[Symbol.asyncIterator]();
      expect(String((await reader.next()).value)).toBe("first");
      heard.resolve();
      expect(String((await reader.next()).value)).toBe(" second");
      expect((await reader.next()).done).toBe(true);
    });

    test("is cut off when it fails in the middle", async () => {
      await create({ InvokeMode: "RESPONSE_STREAM" });
      run = () =>
        new MemoryStreamedResponse(
          (async function* () {
            yield "part";
            throw new Error("late");
          })(),
          "text/plain",
        );
      const answer = await open("/");
      expect(answer.headers["content-type"]).toBe("text/plain");
      const read = async (): Promise<void> => {
        for await (const chunk of answer) expect(String(chunk)).toBe("part");
      };
      await expect(read()).rejects.toThrow("aborted");
    });

    test("is given whole by a URL that buffers", async () => {
      await create();
      run = () =>
        new MemoryStreamedResponse(
          (async function* () {
            yield `${metadata}${"\0".repeat(8)}`;
            yield "body";
          })(),
          prelude,
        );
      expect(await call("/")).toMatchObject({ status: 201, text: "body", headers: { "content-length": "4" } });
    });

    test("or not, a URL that streams gives what it returned", async () => {
      await create({ InvokeMode: "RESPONSE_STREAM" });
      run = () => ({ statusCode: 201, body: "b" });
      expect(await call("/")).toMatchObject({ status: 200, text: '{"statusCode":201,"body":"b"}' });
      run = () => Promise.reject(new Error("early"));
      expect(await call("/")).toMatchObject({ status: 502, text: "Internal Server Error" });
    });

    test("runs on when its client goes away", async () => {
      await create();
      await rig.client.send(new UpdateFunctionUrlConfigCommand({ FunctionName: "f", InvokeMode: "RESPONSE_STREAM" }));
      const done = Promise.withResolvers<void>();
      run = () =>
        new MemoryStreamedResponse(
          (async function* () {
            for (let count = 0; count < 1_000; count += 1) yield "x".repeat(65_536);
            done.resolve();
          })(),
        );
      const answer = await open("/");
      answer.destroy();
      await done.promise;
      await expect.poll(() => rig.lambda.environments()).toMatchObject([{ state: "idle" }]);
    });
  });
});
