// Validation answers as AWS Lambda gave them, recorded by LocalStack's AWS-validated snapshot tests (Apache-2.0).
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEndpoint, type TestEndpoint } from "./support/test-endpoint.ts";

let endpoint: TestEndpoint;
beforeAll(async () => {
  endpoint = await startEndpoint({});
});
afterAll(() => endpoint[Symbol.asyncDispose]());

async function messageOf(method: string, path: string, body?: unknown): Promise<string> {
  const response = await fetch(`${endpoint.url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.status).toBe(400);
  expect(response.headers.get("x-amzn-errortype")).toBe("ValidationException");
  const json = (await response.json()) as { message: string };
  expect(Object.keys(json)).toEqual(["message"]);
  return json.message;
}

const detected = "1 validation error detected: ";
const must = "failed to satisfy constraint: Member must";
const functionPattern = String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`;
const tagPattern = String.raw`arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)`;
const layerPattern = String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)`;
const destinationPattern = String.raw`$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)`;
const layerArn = "arn:aws:lambda:eu-west-1:111111111111:layer:l";
const functionFields = { FunctionName: "f", Role: "arn:aws:iam::111111111111:role/r", Code: {} };

const cases: [method: string, path: string, body: unknown, message: string][] = [
  [
    "GET",
    "/2015-03-31/functions/*",
    undefined,
    `Value '*' at 'functionName' ${must} satisfy regular expression pattern: ${functionPattern}`,
  ],
  [
    "GET",
    `/2015-03-31/functions/f?Qualifier=${"a".repeat(129)}`,
    undefined,
    `Value '${"a".repeat(129)}' at 'qualifier' ${must} have length less than or equal to 128`,
  ],
  [
    "GET",
    "/2015-03-31/functions/f?Qualifier=invalid!",
    undefined,
    String.raw`Value 'invalid!' at 'qualifier' ${must} satisfy regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+`,
  ],
  [
    "GET",
    "/2021-10-31/functions/f/url?Qualifier=1",
    undefined,
    String.raw`Value '1' at 'qualifier' ${must} satisfy regular expression pattern: ((?!^\d+$)^[0-9a-zA-Z-_]+$)`,
  ],
  [
    "POST",
    "/2018-10-31/layers/l/versions/1/policy",
    { StatementId: "s", Action: "*", Principal: "*" },
    `Value '*' at 'action' ${must} satisfy regular expression pattern: lambda:GetLayerVersion`,
  ],
  [
    "POST",
    "/2015-03-31/functions/f/aliases",
    { Name: "2024", FunctionVersion: "1" },
    `Value '2024' at 'name' ${must} satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)`,
  ],
  [
    "POST",
    "/2015-03-31/functions/f/policy",
    { StatementId: "example.com", Action: "lambda:InvokeFunction", Principal: "x" },
    `Value 'example.com' at 'statementId' ${must} satisfy regular expression pattern: ([a-zA-Z0-9-_]+)`,
  ],
  [
    "POST",
    "/2015-03-31/functions",
    { ...functionFields, Role: "r1" },
    String.raw`Value 'r1' at 'role' ${must} satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`,
  ],
  [
    "POST",
    "/2015-03-31/functions",
    { ...functionFields, VpcConfig: { SecurityGroupIds: ["bad id"] } },
    `Value '[bad id]' at 'vpcConfig.securityGroupIds' ${must} satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: sg-[0-9a-zA-Z]*]`,
  ],
  [
    "POST",
    "/2015-03-31/functions",
    { ...functionFields, Architectures: ["X86_64"] },
    `Value '[X86_64]' at 'architectures' ${must} satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]`,
  ],
  [
    "POST",
    "/2015-03-31/functions",
    { ...functionFields, Architectures: ["x86_64", "arm64"] },
    `Value '[x86_64, arm64]' at 'architectures' ${must} have length less than or equal to 1`,
  ],
  [
    "PUT",
    "/2015-03-31/functions/f/configuration",
    { Layers: [layerArn] },
    `Value '[${layerArn}]' at 'layers' ${must} satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ${layerPattern}, Member must not be null]`,
  ],
  [
    "GET",
    `/2018-10-31/layers?find=LayerVersion&Arn=${layerArn}`,
    undefined,
    `Value '${layerArn}' at 'arn' ${must} satisfy regular expression pattern: ${layerPattern}`,
  ],
  [
    "GET",
    "/2018-10-31/layers?CompatibleArchitecture=archdoesnotexist",
    undefined,
    `Value 'archdoesnotexist' at 'compatibleArchitecture' ${must} satisfy enum value set: [x86_64, arm64]`,
  ],
  [
    "PUT",
    "/2019-09-25/functions/f/event-invoke-config",
    { DestinationConfig: { OnFailure: { Destination: "arn:aws:_-/!lambda:x" } } },
    `Value 'arn:aws:_-/!lambda:x' at 'destinationConfig.onFailure.destination' ${must} satisfy regular expression pattern: ${destinationPattern}`,
  ],
  [
    "GET",
    "/2017-03-31/tags/arn%3Aaws%3Asomething",
    undefined,
    `Value 'arn:aws:something' at 'resource' ${must} satisfy regular expression pattern: ${tagPattern}`,
  ],
  [
    "DELETE",
    `/2017-03-31/tags/${encodeURIComponent("arn:aws:lambda:eu-west-1:111111111111:function:f")}`,
    undefined,
    `Value null at 'tagKeys' ${must} not be null`,
  ],
  [
    "GET",
    "/2015-03-31/functions?FunctionVersion=invalid",
    undefined,
    `Value 'invalid' at 'functionVersion' ${must} satisfy enum value set: [ALL]`,
  ],
];

/** AWS prints enums in the order of a Java hash set, which differs between its own hosts. */
const sortedEnums = (text: string): string =>
  text.replace(
    /(enum value set: \[)([^\]]*)\]/g,
    (_all, start: string, values: string) => `${start}${values.split(", ").sort().join(", ")}]`,
  );

describe("AWS Lambda's recorded validation message", () => {
  test.each(cases)("for %s %s %j is reproduced", async (method, path, body, message) => {
    expect(sortedEnums(await messageOf(method, path, body))).toBe(sortedEnums(detected + message));
  });

  test("for two members holds both, in any order", async () => {
    const name = "my-function:1:2";
    const message = await messageOf("GET", `/2015-03-31/functions/${name}?Qualifier=${"a".repeat(129)}`);
    expect(message).toMatch(/^2 validation errors detected: /);
    const parts = message
      .replace(/^2 validation errors detected: /, "")
      .split("; ")
      .sort();
    expect(parts).toEqual(
      [
        `Value '${name}' at 'functionName' ${must} satisfy regular expression pattern: ${functionPattern}`,
        `Value '${"a".repeat(129)}' at 'qualifier' ${must} have length less than or equal to 128`,
      ].sort(),
    );
  });

  test("names limits of doubles with a decimal and hides sensitive values", async () => {
    const weights = await messageOf("POST", "/2015-03-31/functions/f/aliases", {
      Name: "a",
      FunctionVersion: "1",
      RoutingConfig: { AdditionalVersionWeights: { "1": 2 } },
    });
    expect(weights).toBe(
      `${detected}Value '{1=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]`,
    );
    const secret = await messageOf("POST", "/2015-03-31/functions", {
      ...functionFields,
      Environment: { Variables: { "bad key": "hunter2" } },
    });
    expect(secret).toMatch(
      /^1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys/,
    );
    expect(secret).not.toContain("hunter2");
  });
});
