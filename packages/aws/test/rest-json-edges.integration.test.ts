import { request as httpRequest } from "node:http";
import { FcError } from "@fc/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AwsError } from "../src/index.ts";
import { readAll } from "./support/read-all.ts";
import { startEndpoint, type TestEndpoint } from "./support/test-endpoint.ts";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

let endpoint: TestEndpoint;
let seen: unknown;
const logged: string[] = [];
const record = (input: unknown): Record<string, never> => {
  seen = input;
  return {};
};

beforeAll(async () => {
  const names =
    "ListFunctions GetFunction CreateFunction ListLayers GetLayerVersionByArn Invoke TagResource UntagResource GetDurableExecution ListEventSourceMappings ListProvisionedConcurrencyConfigs GetProvisionedConcurrencyConfig UpdateAlias";
  const recorders = Object.fromEntries(names.split(" ").map((name) => [name, record]));
  const note = (): void => undefined;
  endpoint = await startEndpoint({
    lambda: {
      ...recorders,
      DeleteAlias: () => Promise.reject(new FcError("FC_STORAGE_FULL", "/data is full: free space")),
      DeleteFunction: () => ({ StatusCode: 204 }),
      ListTags: () => Promise.reject(new Error("the password is hunter2")),
      GetPolicy: () => Promise.reject(new AwsError("ResourceNotFoundException", "gone")),
      GetAlias: () =>
        Promise.reject(
          new AwsError("TooManyRequestsException", "Rate Exceeded.", {
            members: { Reason: "CallerRateLimitExceeded", retryAfterSeconds: "3" },
          }),
        ),
      GetFunctionConcurrency: () => Promise.reject(new AwsError("AccessDeniedException", "no")),
      GetAccountSettings: () => ({ AccountUsage: { FunctionCount: undefined } }),
    },
    logger: {
      debug: note,
      info: note,
      warn: note,
      error: (fields, message) => logged.push(`${message} ${JSON.stringify(fields)}`),
    },
  });
});
afterAll(() => endpoint[Symbol.asyncDispose]());

/** fetch normalises paths; this sends the target as it is. */
function send(
  method: string,
  target: string,
  body: string | Uint8Array = "",
  headers: Record<string, string> = {},
): Promise<Answer> {
  const credential = "Credential=111122223333/20260101/eu-west-1/lambda/aws4_request, SignedHeaders=host, Signature=x";
  return new Promise((resolve, reject) => {
    const options = {
      port: endpoint.port,
      host: "127.0.0.1",
      method,
      path: target,
      headers: { authorization: `AWS4-HMAC-SHA256 ${credential}`, ...headers },
    };
    const request = httpRequest(options, async (response) => {
      const text = await readAll(response);
      const json = text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : {};
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
    });
    request.on("error", reject);
    request.end(body);
  });
}

const minimalFunction = { FunctionName: "f", Role: "arn:aws:iam::123456789012:role/r", Code: {} };
const create = (fields: object): Promise<Answer> =>
  send("POST", "/2015-03-31/functions", JSON.stringify({ ...minimalFunction, ...fields }));

describe("routing", () => {
  test.each([
    ["a trailing slash, as AWS CLI 2.9 sends", "GET", "/2015-03-31/functions/", {}],
    ["a label with a raw colon", "GET", "/2015-03-31/functions/f:1", { FunctionName: "f:1" }],
    [
      "an escaped ARN in a label",
      "GET",
      "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Af%3A%24LATEST",
      { FunctionName: "arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST" },
    ],
    [
      "an absolute target, as proxies send",
      "GET",
      "http://lambda.example/2015-03-31/functions/f",
      { FunctionName: "f" },
    ],
    [
      "a literal query before the plain path",
      "GET",
      "/2018-10-31/layers?find=LayerVersion&Arn=arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Alayer%3Al%3A1",
      { Arn: "arn:aws:lambda:eu-west-1:123456789012:layer:l:1" },
    ],
    ["the plain path without that query", "GET", "/2018-10-31/layers?MaxItems=3", { MaxItems: 3 }],
    [
      "?List=ALL before the qualifier",
      "GET",
      "/2019-09-30/functions/f/provisioned-concurrency?List=ALL",
      { FunctionName: "f" },
    ],
    [
      "a qualifier without it",
      "GET",
      "/2019-09-30/functions/f/provisioned-concurrency?Qualifier=1",
      { FunctionName: "f", Qualifier: "1" },
    ],
    [
      "a plus in a query as a plus",
      "GET",
      "/2015-03-31/event-source-mappings?Marker=a+b%2Bc%20d",
      { Marker: "a+b+c d" },
    ],
    [
      "a repeated query key as a list",
      "DELETE",
      "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Af?tagKeys=a%20b%2Bc&tagKeys=c",
      { Resource: "arn:aws:lambda:eu-west-1:123456789012:function:f", TagKeys: ["a b+c", "c"] },
    ],
  ])("takes %s", async (_title, method, target, input) => {
    seen = undefined;
    const answer = await send(method, target);
    expect(answer.text).not.toContain("message");
    expect(seen).toEqual(input);
  });

  test("decodes %2F inside a label", async () => {
    const arn = "arn:aws:lambda:eu-west-1:123456789012:function:f:1/durable-execution/name/0123456789abcdef01234567";
    await send("GET", `/2025-12-01/durable-executions/${encodeURIComponent(arn)}`);
    expect(seen).toEqual({ DurableExecutionArn: arn });
  });

  test.each([
    ["an unknown path", "GET", "/2015-03-31/nothing"],
    ["an unknown method", "PATCH", "/2015-03-31/functions/f"],
    ["an empty segment", "GET", "/2015-03-31/functions//code"],
    ["a double slash", "GET", "/2015-03-31//functions"],
  ])("answers %s as AWS does, in JSON", async (_title, method, target) => {
    const answer = await send(method, target);
    expect(answer).toMatchObject({
      status: 403,
      json: { message: "Unable to determine service/operation name to be authorized" },
    });
    expect(answer.headers["x-amzn-errortype"]).toBe("AccessDeniedException");
  });

  test.each(["/2015-03-31/functions/%zz", "/2015-03-31/functions/%C3%28", "/2015-03-31/functions?Marker=%"])(
    "refuses the broken escape in %s",
    async (target) => {
      expect(await send("GET", target)).toMatchObject({
        status: 400,
        headers: { "x-amzn-errortype": "SerializationException" },
      });
    },
  );
});

describe("bodies", () => {
  test.each([
    ["not JSON", "{"],
    ["a list", "[]"],
    ["a string", '"x"'],
    ["null", "null"],
    ["not UTF-8", Buffer.from([0x22, 0xff, 0x22])],
  ])("refuses a body that is %s", async (_title, body) => {
    const answer = await send("POST", "/2015-03-31/functions", body);
    expect(answer).toMatchObject({
      status: 400,
      headers: { "x-amzn-errortype": "SerializationException" },
      json: { message: expect.any(String) },
    });
  });

  test.each([
    ["a number as text", { Timeout: "3" }, "'Timeout'"],
    ["a fraction as an integer", { Timeout: 0.5 }, "'Timeout'"],
    ["33 bits", { Timeout: 2 ** 32 }, "'Timeout'"],
    ["text as a boolean", { Publish: "true" }, "'Publish'"],
    ["a number as text inside a map", { Environment: { Variables: { A: 1 } } }, "'Environment.Variables.A'"],
    ["a structure as a list", { Layers: {} }, "'Layers'"],
    ["a list as a structure", { VpcConfig: [] }, "'VpcConfig'"],
    ["what is not base64", { Code: { ZipFile: "no base64!" } }, "'Code.ZipFile'"],
  ])("refuses %s and says where", async (_title, fields, place) => {
    const answer = await create(fields);
    expect(answer).toMatchObject({ status: 400, headers: { "x-amzn-errortype": "SerializationException" } });
    expect(answer.json["message"]).toContain(place);
  });

  test("takes null for absent, drops null items and ignores unknown members", async () => {
    const answer = await create({
      Description: null,
      Layers: [null],
      Unknown: { a: 1 },
      Environment: { Variables: { GONE: null, KEPT: "b" } },
    });
    expect(answer.status).toBe(201);
    expect(seen).toEqual({ ...minimalFunction, Layers: [], Environment: { Variables: { KEPT: "b" } } });
  });

  test("keeps a map key called __proto__ as data", async () => {
    await send(
      "POST",
      "/2015-03-31/functions",
      JSON.stringify(minimalFunction).replace("{", '{"Tags":{"__proto__":"x"},'),
    );
    expect(Object.entries((seen as { Tags: object }).Tags)).toEqual([["__proto__", "x"]]);
  });

  test("passes the payload of Invoke on byte by byte, without a Content-Type", async () => {
    const payload = Buffer.from([0, 255, 13, 10, 123]);
    await send("POST", "/2015-03-31/functions/f/invocations", payload, { "x-amz-log-type": "Tail" });
    expect(seen).toEqual({ FunctionName: "f", LogType: "Tail", Payload: payload });
  });

  test("sends {} for an output without members and nothing with 204", async () => {
    const full = await send("GET", "/2016-08-19/account-settings");
    expect(full).toMatchObject({
      status: 200,
      text: '{"AccountUsage":{}}',
      headers: { "content-type": "application/json" },
    });
    expect(await send("GET", "/2015-03-31/functions")).toMatchObject({ status: 200, text: "{}" });
    const none = await send("DELETE", "/2015-03-31/functions/f");
    expect(none).toMatchObject({ status: 204, text: "" });
    expect(none.headers).not.toHaveProperty("content-length");
    expect(none.headers).toHaveProperty("x-amzn-requestid");
  });
});

describe("limits", () => {
  test.each([
    ["POST", "/2015-03-31/functions", "Request must be smaller than 70167211 bytes for the CreateFunction operation"],
    [
      "POST",
      "/2015-03-31/functions/f/invocations",
      "Request must be smaller than 6291556 bytes for the InvokeFunction operation",
    ],
  ])("refuses a too large declared %s %s before it is sent", async (method, target, message) => {
    const answer = await new Promise<Answer>((resolve, reject) => {
      const request = httpRequest(
        { port: endpoint.port, host: "127.0.0.1", method, path: target, headers: { "content-length": "70167212" } },
        async (response) => {
          const text = await readAll(response);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            json: JSON.parse(text) as Record<string, unknown>,
          });
          request.destroy();
        },
      );
      request.on("error", reject);
      request.flushHeaders();
    });
    expect(answer).toMatchObject({
      status: 413,
      json: { message },
      headers: { "x-amzn-errortype": "RequestEntityTooLargeException" },
    });
  });

  test("refuses a chunked body that grows too large, and answers while it is still arriving", async () => {
    const answer = await send("POST", "/2015-03-31/functions/f/invocations", new Uint8Array(6_291_557), {
      "transfer-encoding": "chunked",
    });
    expect(answer.status).toBe(413);
  });
});

describe("errors", () => {
  test("have the casing, the Type and the code of the model", async () => {
    const answer = await send("GET", "/2015-03-31/functions/f/policy");
    expect(answer).toMatchObject({ status: 404, json: { Type: "User", Message: "gone" } });
    expect(answer.headers).toMatchObject({
      "x-amzn-errortype": "ResourceNotFoundException",
      "x-amzn-requestid": expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test("carry members that belong into headers there", async () => {
    const answer = await send("GET", "/2015-03-31/functions/f/aliases/a");
    expect(answer).toMatchObject({
      status: 429,
      json: { Type: "User", message: "Rate Exceeded.", Reason: "CallerRateLimitExceeded" },
    });
    expect(answer.headers["retry-after"]).toBe("3");
    expect(answer.json).not.toHaveProperty("retryAfterSeconds");
  });

  test("that no model holds have a message only", async () => {
    expect(await send("GET", "/2019-09-30/functions/f/concurrency")).toMatchObject({
      status: 403,
      text: '{"message":"no"}',
    });
  });

  test("that nobody expected show the request id, and the log has the rest", async () => {
    const answer = await send("GET", "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Af");
    expect(answer).toMatchObject({
      status: 500,
      headers: { "x-amzn-errortype": "ServiceException" },
      json: { Type: "Service" },
    });
    expect(answer.text).toContain(answer.headers["x-amzn-requestid"]);
    expect(answer.text).not.toContain("hunter2");
    expect(logged.join()).toContain("hunter2");
  });

  test("that this server throws on purpose say what it is", async () => {
    expect(await send("DELETE", "/2015-03-31/functions/f/aliases/a")).toMatchObject({
      status: 500,
      headers: { "x-amzn-errortype": "ServiceException" },
      json: { Type: "Service", Message: expect.stringMatching(/: FC_STORAGE_FULL: \/data is full: free space$/) },
    });
  });

  test("name an operation that nobody implements, after its input was judged", async () => {
    expect(await send("GET", "/2015-03-31/functions/f/versions")).toMatchObject({
      status: 501,
      json: { message: "The operation ListVersionsByFunction of Lambda is not implemented by this server" },
    });
    expect(await send("GET", "/2015-03-31/functions/f/versions?MaxItems=x")).toMatchObject({ status: 400 });
  });
});
