import * as aws from "@aws-sdk/client-lambda";
import { beforeEach, describe, expect, test } from "vitest";
import { type Harness, lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction } from "../../test/support/make-function.ts";

const arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
const FunctionName = "f";
const missing = "The resource you requested does not exist.";

describe("function URL configurations", () => {
  let rig: Harness;
  beforeEach(async () => {
    rig = lambdaHarness();
    await makeFunction(rig, { Publish: true });
    await rig.client.send(new aws.CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
  });
  const create = (input: Partial<aws.CreateFunctionUrlConfigCommandInput> = {}) =>
    rig.client.send(new aws.CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE", ...input }));
  const get = (Qualifier?: string) => rig.client.send(new aws.GetFunctionUrlConfigCommand({ FunctionName, Qualifier }));

  test("has an address of its own for the function and each alias, that stays the same", async () => {
    const Cors = { AllowOrigins: ["*"], MaxAge: 60 };
    const created = await create({ Cors });
    expect(created).toMatchObject({ FunctionArn: arn, AuthType: "NONE", InvokeMode: "BUFFERED", Cors });
    expect(created.FunctionUrl).toMatch(/^http:\/\/[a-z0-9]{32}\.lambda-url\.us-east-1\.localhost:4566\/$/);
    expect(created.CreationTime).toBe("2026-01-01T00:00:00.000Z");
    const alias = await create({ Qualifier: "live", AuthType: "AWS_IAM", InvokeMode: "RESPONSE_STREAM" });
    expect(alias).toMatchObject({ FunctionArn: `${arn}:live`, AuthType: "AWS_IAM", InvokeMode: "RESPONSE_STREAM" });
    expect(alias.FunctionUrl).not.toBe(created.FunctionUrl);
    await rig.client.send(new aws.DeleteFunctionUrlConfigCommand({ FunctionName }));
    expect((await create()).FunctionUrl).toBe(created.FunctionUrl);
  });

  test("is found again, changed member by member, and its CORS taken away by an empty one", async () => {
    await create({ Cors: { AllowMethods: ["GET"] } });
    await rig.clock.advance(1_000);
    const updated = await rig.client.send(
      new aws.UpdateFunctionUrlConfigCommand({ FunctionName, AuthType: "AWS_IAM" }),
    );
    expect(updated).toMatchObject({ AuthType: "AWS_IAM", InvokeMode: "BUFFERED", Cors: { AllowMethods: ["GET"] } });
    expect(updated.LastModifiedTime).toBe("2026-01-01T00:00:01.000Z");
    await rig.client.send(new aws.UpdateFunctionUrlConfigCommand({ FunctionName, Cors: {} }));
    const { Cors, CreationTime } = await get();
    expect(Cors).toBeUndefined();
    expect(CreationTime).toBe("2026-01-01T00:00:00.000Z");
  });

  test("are listed page by page", async () => {
    await create();
    await create({ Qualifier: "live" });
    const list = (Marker?: string) =>
      rig.client.send(new aws.ListFunctionUrlConfigsCommand({ FunctionName, MaxItems: 1, Marker }));
    const first = await list();
    const second = await list(first.NextMarker);
    const arns = [first, second].flatMap((page) => page.FunctionUrlConfigs?.map((one) => one.FunctionArn));
    expect(arns).toEqual([arn, `${arn}:live`]);
    expect(second.NextMarker).toBeUndefined();
  });

  test("go with their alias and their function", async () => {
    await create();
    await create({ Qualifier: "live" });
    await rig.client.send(new aws.DeleteAliasCommand({ FunctionName, Name: "live" }));
    await expect(get("live")).rejects.toMatchObject({ message: missing });
    await rig.client.send(new aws.DeleteFunctionCommand({ FunctionName }));
    await makeFunction(rig);
    await expect(get()).rejects.toMatchObject({ message: missing });
  });

  // Wording as recorded from AWS.
  test("refuses what AWS refuses", async () => {
    await create();
    const conflict = `Failed to create function url config for [functionArn = ${arn}]. Error message:  FunctionUrlConfig exists for this Lambda function`;
    await expect(create()).rejects.toMatchObject({ name: "ResourceConflictException", message: conflict });
    const gone = { name: "ResourceNotFoundException", message: "Function does not exist" };
    await expect(create({ FunctionName: "g" })).rejects.toMatchObject(gone);
    await expect(create({ Qualifier: "other" })).rejects.toMatchObject(gone);
    await expect(rig.client.send(new aws.UpdateFunctionUrlConfigCommand({ FunctionName: "g" }))).rejects.toMatchObject(
      gone,
    );
    for (const command of [
      new aws.GetFunctionUrlConfigCommand({ FunctionName, Qualifier: "live" }),
      new aws.UpdateFunctionUrlConfigCommand({ FunctionName, Qualifier: "live" }),
      new aws.DeleteFunctionUrlConfigCommand({ FunctionName, Qualifier: "live" }),
    ])
      await expect(rig.client.send(command as aws.GetFunctionUrlConfigCommand)).rejects.toMatchObject({
        name: "ResourceNotFoundException",
        message: missing,
      });
    const pattern = (value: string): string =>
      `1 validation error detected: Value '${value}' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)`;
    for (const Qualifier of ["$LATEST", "1"])
      await expect(create({ Qualifier })).rejects.toMatchObject({
        name: "ValidationException",
        message: pattern(Qualifier),
      });
    await expect(create({ FunctionName: "f:live", Qualifier: "other" })).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: "The derived qualifier from the function name does not match the specified qualifier.",
    });
  });

  test("permissions may be limited to URLs", async () => {
    const permission = { FunctionName, Action: "lambda:InvokeFunctionUrl", Principal: "*" };
    const { Statement } = await rig.client.send(
      new aws.AddPermissionCommand({ ...permission, StatementId: "url", FunctionUrlAuthType: "NONE" }),
    );
    expect(JSON.parse(Statement ?? "")).toMatchObject({
      Principal: "*",
      Condition: { StringEquals: { "lambda:FunctionUrlAuthType": "NONE" } },
    });
    await expect(
      rig.client.send(
        new aws.AddPermissionCommand({
          ...permission,
          StatementId: "s",
          Action: "lambda:InvokeFunction",
          FunctionUrlAuthType: "NONE",
        }),
      ),
    ).rejects.toMatchObject({ name: "InvalidParameterValueException" });
  });
});
