import {
  CreateFunctionUrlConfigCommand,
  type CreateFunctionUrlConfigCommandInput,
  UpdateFunctionUrlConfigCommand,
} from "@aws-sdk/client-lambda";
import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lambdaClient } from "./lib/clients.ts";
import { functionGround } from "./lib/function-ground.ts";
import { createFunction, node } from "./lib/functions.ts";
import { execProgram, lacks } from "./lib/programs.ts";
import { cleanEnvironment, type ServerProcess } from "./lib/server-process.ts";

const source = `
export const echo = async (event) => ({ statusCode: 201, headers: { "x-method": event.requestContext.http.method, "x-key": event.requestContext.authorizer?.iam.accessKey ?? "none" }, cookies: ["a=1"], body: event.rawPath + " " + (event.body ?? "") });
export const words = awslambda.streamifyResponse(async (event, stream) => {
  const out = awslambda.HttpResponseStream.from(stream, { statusCode: 202, headers: { "content-type": "text/event-stream" }, cookies: ["b=2"] });
  out.write("data: one\\n\\n");
  if (event.rawPath === "/wait") await new Promise((done) => setTimeout(done, 60000));
  out.write("data: two\\n\\n");
  out.end();
});`;

const { startServer } = functionGround();
let server: ServerProcess;
let client: ReturnType<typeof lambdaClient>;
beforeAll(async () => {
  server = await startServer({ args: ["--verify-sigv4"], environment: { FAKECLOUD_CREDENTIALS: "test=test" } });
  client = lambdaClient(server.url);
  const make = (name: string, handler: string, timeout?: number): Promise<void> =>
    createFunction(client, node(name, source, { handler, ...(timeout === undefined ? {} : { timeout }) }));
  await Promise.all([
    ...["echo", "shared"].map((name) => make(name, "index.echo")),
    ...["words", "guarded"].map((name) => make(name, "index.words", 2)),
  ]);
});
afterAll(() => server?.[Symbol.asyncDispose]());

const urlOf = async (input: CreateFunctionUrlConfigCommandInput): Promise<string> => {
  const { FunctionUrl = "" } = await client.send(new CreateFunctionUrlConfigCommand(input));
  return FunctionUrl;
};
/** The same URL where `*.localhost` does not resolve. */
const byPath = (url: string, path: string): string =>
  `${server.url}/_fakecloud/lambda/url/${new URL(url).hostname.split(".")[0]}${path}`;
const curl = (...args: string[]): Promise<string> => execProgram("curl", ["-sS", ...args], cleanEnvironment());

test.skipIf(await lacks("curl", "--version"))("a URL is called by its host name, signed when it must be", async () => {
  const url = await urlOf({ FunctionName: "echo", AuthType: "AWS_IAM" });
  expect(new URL(url).port).toBe(String(server.port));
  const signed = (secret: string): string[] => ["--aws-sigv4", "aws:amz:us-east-1:lambda", "--user", `test:${secret}`];
  const post = ["-i", "-d", '{"a":1}', "-H", "content-type: application/json", `${url}some/path`];
  const answer = await curl(...signed("test"), ...post);
  expect(answer).toMatch(/^HTTP\/1\.1 201 /);
  expect(answer).toMatch(/^x-method: POST\r$/m);
  expect(answer).toMatch(/^x-key: test\r$/m);
  expect(answer).toMatch(/^set-cookie: a=1\r$/m);
  expect(answer).toContain('/some/path {"a":1}');
  for (const refused of [signed("wrong"), []]) {
    const refusal = await curl(...refused, ...post);
    expect(refusal).toMatch(/^HTTP\/1\.1 403 /);
    expect(refusal).toContain('{"Message":"Forbidden"}');
  }
});

test("a URL streams events as they come, and is cut off at the function's timeout", async () => {
  const url = await urlOf({ FunctionName: "words", AuthType: "NONE", InvokeMode: "RESPONSE_STREAM" });
  const whole = await fetch(byPath(url, "/"));
  expect([whole.status, whole.headers.get("content-type"), whole.headers.getSetCookie()]).toEqual([
    202,
    "text/event-stream",
    ["b=2"],
  ]);
  expect(await whole.text()).toBe("data: one\n\ndata: two\n\n");
  const waiting = await fetch(byPath(url, "/wait"));
  const reader = waiting.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe("data: one\n\n");
  await expect(reader?.read()).rejects.toThrow("terminated");
});

test("a URL that streams wants the signature of the SDK's own signer, over what is sent", async () => {
  const url = await urlOf({ FunctionName: "guarded", AuthType: "AWS_IAM", InvokeMode: "RESPONSE_STREAM" });
  const { hostname, pathname } = new URL(byPath(url, "/some/path"));
  const call = async (secretAccessKey: string, signedBody: string, body: string): Promise<Response> => {
    const credentials = { accessKeyId: "test", secretAccessKey };
    const signer = new SignatureV4({ service: "lambda", region: "us-east-1", sha256: Sha256, credentials });
    const request = { method: "POST", protocol: "http:", hostname, path: pathname, body: signedBody };
    const headers = { host: new URL(server.url).host };
    const signed = await signer.sign({ ...request, headers });
    return await fetch(server.url + pathname, { method: "POST", headers: signed.headers, body });
  };
  const answer = await call("test", "as it is", "as it is");
  expect([answer.status, await answer.text()]).toEqual([202, "data: one\n\ndata: two\n\n"]);
  for (const refused of [await call("wrong", "as it is", "as it is"), await call("test", "as it is", "changed")])
    expect([refused.status, await refused.json()]).toEqual([403, { Message: "Forbidden" }]);
});

test("a URL with CORS answers preflights without its function, and lets the origins in that it has", async () => {
  const Cors = {
    AllowOrigins: ["https://a.test"],
    AllowMethods: ["PUT"],
    AllowHeaders: ["x-a"],
    ExposeHeaders: ["x-method"],
    MaxAge: 60,
    AllowCredentials: true,
  };
  const url = await urlOf({ FunctionName: "shared", AuthType: "NONE", Cors });
  const call = async (method: string, origin: string): Promise<[number, Record<string, string>]> => {
    const asked = { "access-control-request-method": "PUT", "access-control-request-headers": "x-a" };
    const headers = { origin, ...(method === "OPTIONS" ? asked : {}) };
    const answer = await fetch(byPath(url, "/"), { method, headers });
    const cors = [...answer.headers].filter(([name]) => name.startsWith("access-control-"));
    return [answer.status, Object.fromEntries(cors)];
  };
  const origin = { "access-control-allow-origin": "https://a.test", "access-control-allow-credentials": "true" };
  const allowed = {
    ...origin,
    "access-control-allow-methods": "PUT",
    "access-control-allow-headers": "x-a",
    "access-control-max-age": "60",
  };
  expect(await call("OPTIONS", "https://a.test")).toEqual([200, allowed]);
  expect(await call("PUT", "https://a.test")).toEqual([
    201,
    { ...origin, "access-control-expose-headers": "x-method" },
  ]);
  expect(await call("OPTIONS", "https://b.test")).toEqual([200, {}]);
  expect(await call("PUT", "https://b.test")).toEqual([201, {}]);
  await client.send(new UpdateFunctionUrlConfigCommand({ FunctionName: "shared", Cors: { AllowOrigins: ["*"] } }));
  expect(await call("PUT", "https://b.test")).toEqual([201, { "access-control-allow-origin": "*" }]);
});
