import { describe, expect, test } from "vitest";
import type { RequestContext } from "../context.ts";
import type { AwsHttpRequest } from "../http/http.ts";
import type { Protocol } from "../model/model.ts";
import type { AwsService } from "../service/create-service.ts";
import { createGateway } from "./create-gateway.ts";

const seen: { service?: string; context?: RequestContext; body?: string } = {};
const service = (name: string, protocol: Protocol): AwsService => ({
  name,
  protocol,
  operations: [],
  handle: async (request, context) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request.body) chunks.push(chunk);
    Object.assign(seen, { service: name, context, body: Buffer.concat(chunks).toString() });
    return { status: 200, headers: {} };
  },
});

const gateway = createGateway({
  services: [service("lambda", "restJson1"), service("elasticache", "awsQuery")],
  defaultAccount: "000000000000",
  defaultRegion: "us-east-1",
  newRequestId: () => "request-1",
});

function request(target: string, headers: Record<string, string> = {}, body = ""): AwsHttpRequest {
  const chunks = (async function* () {
    yield Buffer.from(body);
  })();
  return { method: "POST", target, headers, body: chunks, signal: new AbortController().signal };
}

const credential = (key: string, region: string, name: string): Record<string, string> => ({
  authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260101/${region}/${name}/aws4_request, SignedHeaders=host, Signature=x`,
});
const form = { "content-type": "application/x-www-form-urlencoded" };

describe("the gateway finds the service", () => {
  test.each([
    ["of the signature", request("/2015-03-31/functions", credential("k", "r", "elasticache")), "elasticache"],
    ["of the host", request("/", { host: "elasticache.eu-west-1.amazonaws.com" }), "elasticache"],
    ["of a dated path", request("/2015-03-31/functions", { host: "localhost" }), "lambda"],
    ["of an action in the query", request("/?Action=X"), "elasticache"],
    ["of an action in the body", request("/", form, "Version=1&Action=X"), "elasticache"],
    [
      "of a presigned URL",
      request("/x?X-Amz-Credential=k%2F20260101%2Fr%2Flambda%2Faws4_request&X-Amz-Signature=x"),
      "lambda",
    ],
  ])("%s", async (_title, of, name) => {
    expect((await gateway.handle(of)).status).toBe(200);
    expect(seen.service).toBe(name);
  });

  test("and hands a body on that it had to read", async () => {
    await gateway.handle(request("/", form, "Action=X&A=%zz"));
    expect(seen.body).toBe("Action=X&A=%zz");
  });

  test("or says that there is none", async () => {
    const answer = await gateway.handle(request("/bucket"));
    expect(answer).toMatchObject({ status: 404, headers: { "x-amzn-requestid": "request-1" } });
  });
});

describe("the context of a request", () => {
  test.each([
    [
      "a key of twelve digits is the account",
      credential("123456789012", "eu-west-1", "lambda"),
      "123456789012",
      "eu-west-1",
    ],
    [
      "any other key means the default account",
      credential("AKIAIOSFODNN7EXAMPLE", "eu-west-1", "lambda"),
      "000000000000",
      "eu-west-1",
    ],
    ["a region that is none means the default", credential("k", "EU_WEST", "lambda"), "000000000000", "us-east-1"],
    ["no signature means both defaults", { host: "lambda.x" }, "000000000000", "us-east-1"],
  ])("%s", async (_title, headers, account, region) => {
    await gateway.handle(request("/2015-03-31/functions", headers));
    expect(seen.context).toMatchObject({ account, region, requestId: "request-1" });
  });

  test("has the address by which the client came", async () => {
    await gateway.handle(request("/2015-03-31/functions", { host: "aws.test:4566", "x-forwarded-proto": "https" }));
    expect(seen.context?.endpoint).toBe("https://aws.test:4566");
  });
});
