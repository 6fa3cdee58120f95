import { once } from "node:events";
import { request } from "node:http";
import { DescribeServiceUpdatesCommand } from "@aws-sdk/client-elasticache";
import { CreateFunctionCommand, GetFunctionCommand, ListCodeSigningConfigsCommand } from "@aws-sdk/client-lambda";
import { zip } from "@fc-example/counter/zip";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { elastiCacheClient, lambdaClient } from "./lib/clients.ts";
import { role } from "./lib/functions.ts";
import { type ServerProcess, startServer } from "./lib/server-process.ts";

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

async function post(
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; type: string | null; text: string }> {
  const answer = await fetch(server.url + path, { method: "POST", body, headers });
  return { status: answer.status, type: answer.headers.get("x-amzn-errortype"), text: await answer.text() };
}

describe("bad requests are answered, and the server keeps serving", () => {
  test.for([
    ["malformed JSON", "/2015-03-31/functions", "{", 400, "SerializationException"],
    ["a wrong type", "/2015-03-31/functions", '{"FunctionName": 5}', 400, "SerializationException"],
    ["missing parameters", "/2015-03-31/functions", "{}", 400, "ValidationException"],
    ["a bad percent escape", "/2015-03-31/functions/%zz/invocations", "{}", 400, undefined],
    ["an unknown path", "/2015-03-31/nothing", "{}", 403, "AccessDeniedException"],
  ] as const)("%s", async ([, path, body, status, type]) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(status);
    if (type !== undefined) expect(answer.type).toBe(type);
    expect(() => JSON.parse(answer.text)).not.toThrow();
  });

  test("a form without a known Action is refused in XML", async () => {
    const answer = await post("/", "Action=DoWhatIWant&Version=2015-02-02", {
      "content-type": "application/x-www-form-urlencoded",
    });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("<Code>InvalidAction</Code>");
  });

  test("an unsigned CreateUser is for the service that its Host names", async () => {
    const body =
      "Action=CreateUser&Version=2015-02-02&UserId=u&UserName=u&Engine=redis&AccessString=on&NoPasswordRequired=true";
    const upload = request(server.url, {
      method: "POST",
      headers: {
        host: "elasticache.us-east-1.amazonaws.com",
        "content-type": "application/x-www-form-urlencoded",
        "content-length": Buffer.byteLength(body),
      },
    });
    upload.end(body);
    const [response] = await once(upload, "response");
    expect(response.statusCode).toBe(200);
    let text = "";
    for await (const chunk of response) text += chunk;
    expect(text).toContain("<UserId>u</UserId>");
    expect(text).toContain("<Type>no-password</Type>");
  });

  test("a body of 80 MB is refused with AWS's words before it is all read", async () => {
    const upload = request(`${server.url}/2015-03-31/functions`, {
      method: "POST",
      headers: { "content-length": 80_000_000 },
    });
    upload.on("error", () => undefined);
    upload.write(Buffer.alloc(1_000_000, "x"));
    const [response] = await once(upload, "response");
    expect(response.statusCode).toBe(413);
    expect(response.headers["x-amzn-errortype"]).toBe("RequestEntityTooLargeException");
    upload.destroy();
  });

  test("a zip bomb and a zip that climbs out are refused, and nothing is created", async () => {
    const client = lambdaClient(server.url);
    const bomb = await zip({ "index.mjs": { content: "0".repeat(263_000_000) } });
    const slip = Buffer.from(
      (await zip({ "aa/bb/cc.mjs": { content: "x" } })).toString("latin1").replaceAll("aa/bb/cc.mjs", "../../../c.js"),
      "latin1",
    );
    for (const [name, ZipFile] of [
      ["bomb", bomb],
      ["slip", slip],
    ] as const) {
      const create = new CreateFunctionCommand({
        FunctionName: name,
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Role: role,
        Code: { ZipFile },
      });
      await expect(client.send(create)).rejects.toMatchObject({ name: "InvalidParameterValueException" });
      await expect(client.send(new GetFunctionCommand({ FunctionName: name }))).rejects.toMatchObject({
        name: "ResourceNotFoundException",
      });
    }
  });

  test("and then everything still works", async () => {
    expect((await fetch(`${server.url}/_fakecloud/health`)).status).toBe(200);
  });
});

describe("operations that are not implemented", () => {
  test("answer 501 with their name, in both protocols", async () => {
    const configs = lambdaClient(server.url).send(new ListCodeSigningConfigsCommand({}));
    await expect(configs).rejects.toMatchObject({
      message: expect.stringContaining("ListCodeSigningConfigs"),
      $metadata: { httpStatusCode: 501 },
    });
    const updates = elastiCacheClient(server.url).send(new DescribeServiceUpdatesCommand({}));
    await expect(updates).rejects.toMatchObject({
      message: expect.stringContaining("DescribeServiceUpdates"),
      $metadata: { httpStatusCode: 501 },
    });
  });

  test("are validated all the same", async () => {
    const answer = await post("/2020-04-22/code-signing-configs", '{"Description": "no publishers"}');
    expect(answer).toMatchObject({ status: 400, type: "ValidationException" });
  });
});

describe("signatures", () => {
  test("are not checked by default, and are with --verify-sigv4", async () => {
    await using strict = await startServer({
      args: ["--verify-sigv4"],
      environment: { FAKECLOUD_CREDENTIALS: "good=secret" },
    });
    expect((await fetch(`${server.url}/2015-03-31/functions`)).status).toBe(200);
    expect((await fetch(`${strict.url}/2015-03-31/functions`)).status).toBe(403);
    await expect(lambdaClient(strict.url).send(new GetFunctionCommand({ FunctionName: "f" }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
  });
});
