import { CreateFunctionUrlConfigCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lambdaClient } from "./lib/clients.ts";
import { functionGround } from "./lib/function-ground.ts";
import { createFunction, node } from "./lib/functions.ts";
import { execProgram, lacks } from "./lib/programs.ts";
import { cleanEnvironment, type ServerProcess } from "./lib/server-process.ts";

const source = `
export const echo = async (event) => ({ statusCode: 201, headers: { "x-method": event.requestContext.http.method }, cookies: ["a=1"], body: event.rawPath + " " + (event.body ?? "") });
export const words = awslambda.streamifyResponse(async (event, stream) => {
  const out = awslambda.HttpResponseStream.from(stream, { statusCode: 202, headers: { "content-type": "text/event-stream" } });
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
  await createFunction(client, node("echo", source, { handler: "index.echo" }));
  await createFunction(client, node("words", source, { handler: "index.words", timeout: 2 }));
});
afterAll(() => server?.[Symbol.asyncDispose]());

const urlOf = async (
  FunctionName: string,
  AuthType: "NONE" | "AWS_IAM",
  InvokeMode?: "RESPONSE_STREAM",
): Promise<string> => {
  const { FunctionUrl = "" } = await client.send(
    new CreateFunctionUrlConfigCommand({ FunctionName, AuthType, InvokeMode }),
  );
  return FunctionUrl;
};
/** The same URL where `*.localhost` does not resolve. */
const byPath = (url: string, path: string): string =>
  `${server.url}/_fakecloud/lambda/url/${new URL(url).hostname.split(".")[0]}${path}`;
const curl = (...args: string[]): Promise<string> => execProgram("curl", ["-sS", ...args], cleanEnvironment());

test.skipIf(await lacks("curl", "--version"))("a URL is called by its host name, signed when it must be", async () => {
  const url = await urlOf("echo", "AWS_IAM");
  expect(new URL(url).port).toBe(String(server.port));
  const signed = (secret: string): string[] => ["--aws-sigv4", "aws:amz:us-east-1:lambda", "--user", `test:${secret}`];
  const post = ["-i", "-d", '{"a":1}', "-H", "content-type: application/json", `${url}some/path`];
  const answer = await curl(...signed("test"), ...post);
  expect(answer).toMatch(/^HTTP\/1\.1 201 /);
  expect(answer).toMatch(/^x-method: POST\r$/m);
  expect(answer).toMatch(/^set-cookie: a=1\r$/m);
  expect(answer).toContain('/some/path {"a":1}');
  for (const refused of [signed("wrong"), []]) {
    const refusal = await curl(...refused, ...post);
    expect(refusal).toMatch(/^HTTP\/1\.1 403 /);
    expect(refusal).toContain('{"Message":"Forbidden"}');
  }
});

test("a URL streams events as they come, and is cut off at the function's timeout", async () => {
  const url = await urlOf("words", "NONE", "RESPONSE_STREAM");
  const whole = await fetch(byPath(url, "/"));
  expect([whole.status, whole.headers.get("content-type")]).toEqual([202, "text/event-stream"]);
  expect(await whole.text()).toBe("data: one\n\ndata: two\n\n");
  const waiting = await fetch(byPath(url, "/wait"));
  const reader = waiting.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe("data: one\n\n");
  await expect(reader?.read()).rejects.toThrow("terminated");
});
