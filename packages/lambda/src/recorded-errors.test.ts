import * as aws from "@aws-sdk/client-lambda";
import { beforeAll, describe, expect, test } from "vitest";
import { type Harness, lambdaHarness, role } from "../test/support/lambda-harness.ts";
import { codeZip, makeFunction } from "../test/support/make-function.ts";
import { makeZip } from "../test/support/make-zip.ts";
import { supportedRuntimes } from "./functions/runtimes.ts";

// What AWS itself answered, as recorded by LocalStack's AWS-validated snapshot tests (Apache-2.0); account and names are ours.
const arn = "arn:aws:lambda:us-east-1:000000000000:function";
const layer = "arn:aws:lambda:us-east-1:000000000000:layer";
const base = { Runtime: "nodejs22.x", Handler: "h", Role: role, Code: { ZipFile: codeZip } } as const;
const named =
  "Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";
const retired = (runtime: string): string =>
  `The runtime parameter of ${runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`;
const unknownRuntime = (runtime: string): string =>
  `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, python3.11, java21, ruby3.3, ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, java11, dotnet6, nodejs18.x, provided.al2, java8.al2] or be a valid ARN`;
const revision =
  "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id";
const mismatch = "The derived qualifier from the function name does not match the specified qualifier.";
const tagsOnVersions = "Tags on function aliases and versions are not supported. Please specify a function ARN.";

type Sent = Parameters<Harness["client"]["send"]>[0];
type Case = readonly [status: number, code: string, message: string, command: unknown];

const invalid = "InvalidParameterValueException";
const missing = "ResourceNotFoundException";
const FunctionName = "f";
const create = (input: Record<string, unknown>): unknown =>
  new aws.CreateFunctionCommand({ FunctionName: "new", ...base, ...input });
const manyTags = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, "v"]));
const permission = { FunctionName, StatementId: "s1", Action: "lambda:InvokeFunction", Principal: "s3.amazonaws.com" };
const large = { LARGE_VAR: "x".repeat(4096) };

const cases: readonly Case[] = [
  [
    400,
    invalid,
    `1 validation error detected: Value '${"a".repeat(65)}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
    create({ FunctionName: "a".repeat(65) }),
  ],
  [
    400,
    invalid,
    "Cannot reference more than 5 layers.",
    create({ Layers: [1, 2, 3, 4, 5, 6].map((n) => `${layer}:l${n}:1`) }),
  ],
  [
    400,
    invalid,
    "Could not unzip uploaded file. Please check your file, then try to upload again.",
    create({ Code: { ZipFile: Buffer.from("no") } }),
  ],
  [
    400,
    invalid,
    `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${JSON.stringify(large)}`,
    create({ Environment: { Variables: large } }),
  ],
  [
    400,
    invalid,
    "Layer Version Cannot be less than 1",
    new aws.GetLayerVersionCommand({ LayerName: "l", VersionNumber: -1 }),
  ],
  [
    400,
    invalid,
    "Layer Version Cannot be less than 1",
    new aws.DeleteLayerVersionCommand({ LayerName: "l", VersionNumber: -1 }),
  ],
  [
    400,
    invalid,
    `Layer version ${layer}:l:9 does not exist.`,
    new aws.UpdateFunctionConfigurationCommand({ FunctionName, Layers: [`${layer}:l:9`] }),
  ],
  [
    400,
    invalid,
    "Layers are not in the same region as the function. Layers are expected to be in region us-east-1.",
    create({ Layers: ["arn:aws:lambda:eu-west-1:000000000000:layer:l:1"] }),
  ],
  [
    400,
    invalid,
    `Two different versions of the same layer are not allowed to be referenced in the same function. ${layer}:l:1 and ${layer}:l:2 are versions of the same layer.`,
    new aws.UpdateFunctionConfigurationCommand({ FunctionName, Layers: [`${layer}:l:1`, `${layer}:l:2`] }),
  ],
  [400, invalid, "Number of tags exceeds resource tag limit.", create({ Tags: manyTags })],
  [
    400,
    invalid,
    "Number of tags exceeds resource tag limit.",
    new aws.TagResourceCommand({ Resource: `${arn}:f`, Tags: manyTags }),
  ],
  [
    400,
    invalid,
    "Please don't provide ImageUri when updating a function with packageType Zip.",
    new aws.UpdateFunctionCodeCommand({ FunctionName, ImageUri: "i" }),
  ],
  [400, invalid, tagsOnVersions, new aws.ListTagsCommand({ Resource: `${arn}:f:1` })],
  [400, invalid, tagsOnVersions, new aws.TagResourceCommand({ Resource: `${arn}:f:$LATEST`, Tags: { a: "b" } })],
  [400, invalid, mismatch, new aws.GetFunctionConfigurationCommand({ FunctionName: "f:1", Qualifier: "2" })],
  [400, invalid, mismatch, new aws.InvokeCommand({ FunctionName: `${arn}:f:1`, Qualifier: "2" })],
  [400, invalid, mismatch, new aws.DeleteFunctionCommand({ FunctionName: "f:1", Qualifier: "2" })],
  [400, invalid, mismatch, new aws.AddPermissionCommand({ ...permission, FunctionName: "f:1", Qualifier: "2" })],
  [
    400,
    invalid,
    mismatch,
    new aws.PutFunctionEventInvokeConfigCommand({ FunctionName: "f:1", Qualifier: "2", MaximumRetryAttempts: 1 }),
  ],
  [
    400,
    invalid,
    "The provided principal was invalid. Please check the principal and try again.",
    new aws.AddPermissionCommand({ ...permission, Principal: "invalid.nonaws.com!" }),
  ],
  ...["java8", "nodejs12.x", "provided", "python3.7", "ruby2.7"].map(
    (Runtime): Case => [400, invalid, retired(Runtime), create({ Runtime })],
  ),
  ...["PYTHON3.9", "non-existent-runtime"].map(
    (Runtime): Case => [400, invalid, unknownRuntime(Runtime), create({ Runtime })],
  ),
  [
    400,
    invalid,
    "We currently do not support adding policies for $LATEST.",
    new aws.AddPermissionCommand({ ...permission, Qualifier: "$LATEST" }),
  ],
  [
    400,
    invalid,
    "You must specify at least one of error handling or destination setting.",
    new aws.PutFunctionEventInvokeConfigCommand({ FunctionName }),
  ],
  [
    400,
    invalid,
    "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
    new aws.PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 901 }),
  ],
  [
    400,
    invalid,
    "Deletion of aliases is not currently supported.",
    new aws.DeleteFunctionCommand({ FunctionName, Qualifier: "live" }),
  ],
  [
    400,
    "InvalidRequestContentException",
    "Could not parse request body into json: Could not parse payload into json: Unexpected character ((CTRL-CHAR, code 153)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 1]",
    new aws.InvokeCommand({ FunctionName, Payload: Uint8Array.of(0x99) }),
  ],
  [412, "PreconditionFailedException", revision, new aws.PublishVersionCommand({ FunctionName, RevisionId: "wrong" })],
  [412, "PreconditionFailedException", revision, new aws.AddPermissionCommand({ ...permission, RevisionId: "wrong" })],
  [
    412,
    "PreconditionFailedException",
    revision,
    new aws.RemovePermissionCommand({ FunctionName, StatementId: "s3", RevisionId: "wrong" }),
  ],
  [
    409,
    "ResourceConflictException",
    "The statement id (s3) provided already exists. Please provide a new statement id, or remove the existing statement.",
    new aws.AddPermissionCommand({ ...permission, StatementId: "s3" }),
  ],
  [
    404,
    missing,
    `Cannot find alias arn: ${arn}:f:nope`,
    new aws.RemovePermissionCommand({ FunctionName, StatementId: "s3", Qualifier: "nope" }),
  ],
  [
    404,
    missing,
    `Cannot find alias arn: ${arn}:f:nope`,
    new aws.AddPermissionCommand({ ...permission, Qualifier: "nope" }),
  ],
  [404, missing, `Function not found: ${arn}:f:42`, new aws.AddPermissionCommand({ ...permission, Qualifier: "42" })],
  [
    404,
    missing,
    `Function not found: ${arn}:f:valid-with-$-but-no`,
    new aws.AddPermissionCommand({ ...permission, Qualifier: "valid-with-$-but-no" }),
  ],
  [
    404,
    missing,
    `Function not found: ${arn}:f:1221`,
    new aws.GetFunctionConfigurationCommand({ FunctionName, Qualifier: "1221" }),
  ],
  [
    404,
    missing,
    `Function not found: ${arn}:nope:$LATEST`,
    new aws.GetFunctionConfigurationCommand({ FunctionName: "nope", Qualifier: "$LATEST" }),
  ],
  [404, missing, `Function not found: ${arn}:f:$latest`, new aws.InvokeCommand({ FunctionName, Qualifier: "$latest" })],
  [404, missing, `Function not found: ${arn}:nope`, new aws.InvokeCommand({ FunctionName: "nope" })],
  [
    404,
    missing,
    `Function not found: ${arn}:${"a".repeat(65)}`,
    new aws.GetFunctionCommand({ FunctionName: "a".repeat(65) }),
  ],
  [404, missing, `Function not found: ${arn}:function`, new aws.GetFunctionCommand({ FunctionName: "function" })],
  [404, missing, `Function not found: ${arn}:nope`, new aws.DeleteFunctionCommand({ FunctionName: "nope" })],
  [404, missing, `Function not found: ${arn}:nope`, new aws.ListTagsCommand({ Resource: `${arn}:nope` })],
  [
    404,
    missing,
    `Function not found: ${arn}:nope`,
    new aws.UntagResourceCommand({ Resource: `${arn}:nope`, TagKeys: ["a"] }),
  ],
  ...[
    new aws.GetFunctionConfigurationCommand({ FunctionName: "arn:aws:lambda:eu-west-1:000000000000:function:f" }),
    new aws.GetFunctionConcurrencyCommand({ FunctionName: "arn:aws:lambda:eu-west-1:000000000000:function:f" }),
    new aws.GetFunctionEventInvokeConfigCommand({ FunctionName: "arn:aws:lambda:eu-west-1:000000000000:function:f" }),
  ].map(
    (command): Case => [
      404,
      missing,
      "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
      command,
    ],
  ),
  [
    404,
    missing,
    `No policy found for: ${arn}:nope`,
    new aws.RemovePermissionCommand({ FunctionName: "nope", StatementId: "s" }),
  ],
  [
    404,
    missing,
    "No policy is associated with the given resource.",
    new aws.RemovePermissionCommand({ FunctionName, StatementId: "s", Qualifier: "live" }),
  ],
  [
    404,
    missing,
    "The resource you requested does not exist.",
    new aws.GetPolicyCommand({ FunctionName, Qualifier: "live" }),
  ],
  [
    404,
    missing,
    "The resource you requested does not exist.",
    new aws.GetLayerVersionCommand({ LayerName: "nope", VersionNumber: 1 }),
  ],
  [
    404,
    missing,
    "The resource you requested does not exist.",
    new aws.GetLayerVersionByArnCommand({ Arn: `${layer}:nope:1` }),
  ],
  [
    404,
    missing,
    `The function ${arn}:f:$LATEST doesn't have an EventInvokeConfig`,
    new aws.UpdateFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 1 }),
  ],
  [
    404,
    missing,
    `The function ${arn}:f:live doesn't have an EventInvokeConfig`,
    new aws.GetFunctionEventInvokeConfigCommand({ FunctionName, Qualifier: "live" }),
  ],
  [
    404,
    missing,
    `The function ${arn}:nope:$LATEST doesn't have an EventInvokeConfig`,
    new aws.DeleteFunctionEventInvokeConfigCommand({ FunctionName: "nope" }),
  ],
  [
    404,
    missing,
    "The function doesn't exist.",
    new aws.PutFunctionEventInvokeConfigCommand({ FunctionName: "nope", MaximumRetryAttempts: 1 }),
  ],
  [
    404,
    missing,
    "The function doesn't exist.",
    new aws.ListFunctionEventInvokeConfigsCommand({ FunctionName: "nope" }),
  ],
  [
    400,
    "ValidationException",
    `1 validation error detected: Value '*' at 'functionName' failed to satisfy constraint: ${named}`,
    new aws.GetFunctionCommand({ FunctionName: "*" }),
  ],
  [
    400,
    "ValidationException",
    `1 validation error detected: Value '${"a".repeat(129)}' at 'qualifier' failed to satisfy constraint: Member must have length less than or equal to 128`,
    new aws.InvokeCommand({ FunctionName, Qualifier: "a".repeat(129) }),
  ],
  [
    400,
    "ValidationException",
    "1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
    new aws.CreateAliasCommand({ FunctionName, Name: "2024", FunctionVersion: "1" }),
  ],
  [
    400,
    "ValidationException",
    "1 validation error detected: Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1",
    create({ Architectures: ["x86_64", "arm64"] }),
  ],
  [
    400,
    "ValidationException",
    "1 validation error detected: Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
    create({ Role: "r1" }),
  ],
  [
    400,
    "ValidationException",
    `1 validation error detected: Value '[invalidruntime]' at 'compatibleRuntimes' failed to satisfy constraint: Member must satisfy enum value set: [${supportedRuntimes.join(", ")}]`,
    new aws.PublishLayerVersionCommand({
      LayerName: "l",
      Content: { ZipFile: codeZip },
      CompatibleRuntimes: ["invalidruntime" as "java21"],
    }),
  ],
];

describe("an error that was recorded from AWS", () => {
  let rig: Harness;

  beforeAll(async () => {
    rig = lambdaHarness();
    await makeFunction(rig, { Publish: true });
    await rig.client.send(new aws.CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
    await rig.client.send(new aws.AddPermissionCommand({ ...permission, StatementId: "s3" }));
    const ZipFile = makeZip({ a: "a" });
    for (let version = 1; version <= 2; version += 1)
      await rig.client.send(new aws.PublishLayerVersionCommand({ LayerName: "l", Content: { ZipFile } }));
  });

  test.each(cases.map((one, index) => [index, ...one] as const))(
    "number %i, %i %s, has its status, code and words",
    async (_index, status, code, message, command) => {
      const error: unknown = await rig.client.send(command as Sent).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ name: code, message, $metadata: { httpStatusCode: status } });
    },
  );

  test("uploads and payloads that are too large answer 413", async () => {
    const small = lambdaHarness({ limits: { zippedBytes: 10 } });
    await expect(makeFunction(small)).rejects.toMatchObject({
      name: "RequestEntityTooLargeException",
      message: "Zipped size must be smaller than 10 bytes",
      $metadata: { httpStatusCode: 413 },
    });
    const event = { FunctionName, InvocationType: "Event", Payload: `"${"x".repeat(1_048_576)}"` } as const;
    await expect(rig.client.send(new aws.InvokeCommand(event))).rejects.toMatchObject({
      name: "RequestTooLargeException",
      message: "Request must be smaller than 1048576 bytes for the InvokeFunction operation",
      $metadata: { httpStatusCode: 413 },
    });
  });
});
