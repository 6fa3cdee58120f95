import { execFile } from "node:child_process";
import { request as httpRequest } from "node:http";
import { promisify } from "node:util";
import { DescribeCacheClustersCommand, ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { GetFunctionCommand, InvokeCommand, LambdaClient, UntagResourceCommand } from "@aws-sdk/client-lambda";
import { ManualClock } from "@fc/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RequestContext } from "../src/index.ts";
import { readAll } from "./support/read-all.ts";
import { startEndpoint, type TestEndpoint } from "./support/test-endpoint.ts";

const accessKeyId = "123456789012";
const secretAccessKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

let endpoint: TestEndpoint;
let context: RequestContext | undefined;
const record = (_input: unknown, from: RequestContext): Record<string, never> => {
  context = from;
  return {};
};

beforeAll(async () => {
  endpoint = await startEndpoint({
    lambda: { GetFunction: record, Invoke: record, UntagResource: record },
    elasticache: { DescribeCacheClusters: record },
    signatures: { secrets: { [accessKeyId]: secretAccessKey, "AKIDEXAMPLE/with/slashes": secretAccessKey } },
  });
});
afterAll(() => endpoint[Symbol.asyncDispose]());

const options = (credentials = { accessKeyId, secretAccessKey }) => ({
  endpoint: endpoint.url,
  region: "eu-west-1",
  credentials,
  maxAttempts: 1,
});

describe("signatures of the official SDK", () => {
  test("are accepted, and give account, region and key to the handler", async () => {
    using client = disposable(new LambdaClient(options()));
    await client.value.send(
      new GetFunctionCommand({ FunctionName: "arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST" }),
    );
    expect(context).toMatchObject({ account: accessKeyId, region: "eu-west-1", accessKeyId, endpoint: endpoint.url });
  });

  test("are accepted for awkward paths, queries and bodies", async () => {
    using client = disposable(new LambdaClient(options()));
    const Resource = "arn:aws:lambda:eu-west-1:123456789012:function:f";
    await client.value.send(new UntagResourceCommand({ Resource, TagKeys: ["b c", "a+=/:@", "ü", "a"] }));
    await client.value.send(
      new InvokeCommand({ FunctionName: "f", Payload: new Uint8Array([0, 255, 10]), ClientContext: "a  b" }),
    );
    using cache = disposable(
      new ElastiCacheClient(options({ accessKeyId: "AKIDEXAMPLE/with/slashes", secretAccessKey })),
    );
    await cache.value.send(new DescribeCacheClustersCommand({ Marker: "'()*! äö" }));
    expect(context).toMatchObject({ account: "000000000000", accessKeyId: "AKIDEXAMPLE/with/slashes" });
  });

  test("with another secret are refused in each service's own words", async () => {
    const wrong = { accessKeyId, secretAccessKey: "wrong" };
    using client = disposable(new LambdaClient(options(wrong)));
    const refused = client.value.send(new GetFunctionCommand({ FunctionName: "f" }));
    await expect(refused).rejects.toMatchObject({
      name: "InvalidSignatureException",
      $metadata: { httpStatusCode: 403 },
    });
    using cache = disposable(new ElastiCacheClient(options(wrong)));
    const alsoRefused = cache.value.send(new DescribeCacheClustersCommand({}));
    await expect(alsoRefused).rejects.toMatchObject({
      name: "SignatureDoesNotMatch",
      $metadata: { httpStatusCode: 403 },
    });
  });

  test("with an unknown key are refused", async () => {
    const unknown = { accessKeyId: "AKIAUNKNOWN", secretAccessKey };
    using client = disposable(new LambdaClient(options(unknown)));
    const refused = client.value.send(new GetFunctionCommand({ FunctionName: "f" }));
    await expect(refused).rejects.toMatchObject({ name: "UnrecognizedClientException" });
    using cache = disposable(new ElastiCacheClient(options(unknown)));
    await expect(cache.value.send(new DescribeCacheClustersCommand({}))).rejects.toMatchObject({
      name: "InvalidClientTokenId",
    });
  });

  test("that are older than fifteen minutes are refused", async () => {
    await using later = await startEndpoint({
      lambda: { GetFunction: record },
      signatures: { secrets: { [accessKeyId]: secretAccessKey } },
      clock: new ManualClock(Date.now() + 16 * 60_000),
    });
    using client = disposable(new LambdaClient({ ...options(), endpoint: later.url }));
    const refused = client.value.send(new GetFunctionCommand({ FunctionName: "f" }));
    await expect(refused).rejects.toMatchObject({
      name: "InvalidSignatureException",
      message: expect.stringContaining("expired"),
    });
  });
});

describe("a request that was changed on its way", () => {
  /** Signs with the SDK, then sends what `change` makes of it. */
  async function tampered(
    change: (request: SignedRequest) => SignedRequest,
  ): Promise<{ status: number; text: string }> {
    const { client, signed } = capturing();
    await client
      .send(new InvokeCommand({ FunctionName: "f", Qualifier: "1", Payload: Buffer.from("{}") }))
      .catch(() => undefined);
    client.destroy();
    return send(change(signed()));
  }

  test("is accepted when nothing was changed", async () => {
    expect(await tampered((request) => request)).toMatchObject({ status: 200 });
  });

  test.each<[string, (request: SignedRequest) => SignedRequest]>([
    ["body", (request) => ({ ...request, body: Buffer.from("[]") })],
    ["path", (request) => ({ ...request, target: request.target.replace("/f/", "/g/") })],
    ["query", (request) => ({ ...request, target: request.target.replace("=1", "=2") })],
    ["method", (request) => ({ ...request, method: "PUT", target: request.target })],
    ["signed header", (request) => ({ ...request, headers: { ...request.headers, host: "other:80" } })],
  ])("is refused for its %s", async (_title, change) => {
    expect(await tampered(change)).toMatchObject({ status: 403 });
  });

  test("is refused without a signature", async () => {
    const answer = await fetch(`${endpoint.url}/2015-03-31/functions/f`);
    expect(answer.status).toBe(403);
    expect(answer.headers.get("x-amzn-errortype")).toBe("MissingAuthenticationTokenException");
  });
});

const run = promisify(execFile);
const hasBoto3 = await run("python3", ["-c", "import boto3"]).then(
  () => true,
  () => false,
);

test("botocore's signatures, of headers and of presigned URLs, are accepted", async (task) => {
  if (!hasBoto3) task.skip("python3 with boto3 is not installed");
  const script = `
import sys, urllib.request, boto3
session = boto3.Session("${accessKeyId}", "${secretAccessKey}", region_name="eu-west-1")
client = session.client("lambda", endpoint_url=sys.argv[1])
client.get_function(FunctionName="arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST")
url = client.generate_presigned_url("get_function", {"FunctionName": "f", "Qualifier": "1"})
print(urllib.request.urlopen(url).status)
`;
  const { stdout } = await run("python3", ["-c", script, endpoint.url]);
  expect(stdout.trim()).toBe("200");
});

interface SignedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** A client that hands out what it would have sent. */
function capturing(): { client: LambdaClient; signed: () => SignedRequest } {
  let captured: SignedRequest | undefined;
  const client = new LambdaClient(options());
  client.middlewareStack.add(
    () => async (args) => {
      const request = args.request as {
        method: string;
        path: string;
        query: Record<string, string>;
        headers: Record<string, string>;
        body: Uint8Array;
      };
      const query = new URLSearchParams(request.query).toString();
      captured = {
        method: request.method,
        target: `${request.path}?${query}`,
        headers: request.headers,
        body: request.body,
      };
      throw new Error("captured");
    },
    { step: "finalizeRequest", priority: "low", name: "capture" },
  );
  return {
    client,
    signed: () => {
      if (captured === undefined) throw new Error("the client sent nothing");
      return captured;
    },
  };
}

function send({ method, target, headers, body }: SignedRequest): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const length = { "content-length": String(body.byteLength) };
    const request = httpRequest(
      { host: "127.0.0.1", port: endpoint.port, method, path: target, headers: { ...headers, ...length } },
      async (response) => resolve({ status: response.statusCode ?? 0, text: await readAll(response) }),
    );
    request.on("error", reject);
    request.end(body);
  });
}

const disposable = <T extends { destroy(): void }>(value: T): { value: T } & Disposable => ({
  value,
  [Symbol.dispose]: () => value.destroy(),
});
