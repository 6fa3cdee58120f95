import {
  AddPermissionCommand,
  type AddPermissionCommandInput,
  CreateAliasCommand,
  GetPolicyCommand,
  RemovePermissionCommand,
} from "@aws-sdk/client-lambda";
import { beforeEach, describe, expect, test } from "vitest";
import { type Harness, lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction } from "../../test/support/make-function.ts";

const FunctionName = "f";
const arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
const permission = { FunctionName, Action: "lambda:InvokeFunction", Principal: "s3.amazonaws.com" };

interface Policy {
  readonly Statement: readonly Record<string, unknown>[];
}

describe("the policy of a function", () => {
  let rig: Harness;
  beforeEach(async () => {
    rig = lambdaHarness();
    await makeFunction(rig, { Publish: true });
    await rig.client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
  });
  const add = (StatementId: string, input: Partial<AddPermissionCommandInput> = {}) =>
    rig.client.send(new AddPermissionCommand({ ...permission, StatementId, ...input }));
  const remove = (StatementId: string, RevisionId?: string, Qualifier?: string) =>
    rig.client.send(new RemovePermissionCommand({ FunctionName, StatementId, RevisionId, Qualifier }));
  const get = async (Qualifier?: string): Promise<Policy & { readonly revision: string | undefined }> => {
    const { Policy, RevisionId } = await rig.client.send(new GetPolicyCommand({ FunctionName, Qualifier }));
    return { ...(JSON.parse(Policy ?? "") as Policy), revision: RevisionId };
  };

  test("has a statement for each permission, with a condition for all that limits it", async () => {
    const { Statement } = await add("s", {
      SourceArn: "arn:aws:s3:::bucket",
      SourceAccount: "111111111111",
      EventSourceToken: "token",
      PrincipalOrgID: "o-1234567890",
    });
    const statement = {
      Sid: "s",
      Effect: "Allow",
      Principal: { Service: "s3.amazonaws.com" },
      Action: "lambda:InvokeFunction",
      Resource: arn,
      Condition: {
        StringEquals: {
          "AWS:SourceAccount": "111111111111",
          "lambda:EventSourceToken": "token",
          "aws:PrincipalOrgID": "o-1234567890",
        },
        ArnLike: { "AWS:SourceArn": "arn:aws:s3:::bucket" },
      },
    };
    expect(JSON.parse(Statement ?? "")).toEqual(statement);
    expect(await get()).toMatchObject({ Version: "2012-10-17", Id: "default", Statement: [statement] });
  });

  test.each([
    ["*", "*"],
    ["222222222222", { AWS: "arn:aws:iam::222222222222:root" }],
    ["arn:aws:iam::222222222222:role/caller", { AWS: "arn:aws:iam::222222222222:role/caller" }],
    ["events.amazonaws.com", { Service: "events.amazonaws.com" }],
  ])("names %s as IAM does", async (Principal, expected) => {
    const { Statement } = await add("s", { Principal });
    expect(JSON.parse(Statement ?? "")).toMatchObject({ Principal: expected });
    expect(JSON.parse(Statement ?? "")).not.toHaveProperty("Condition");
  });

  test("is another one for each alias and version, and goes with its last statement", async () => {
    await add("own");
    await add("of-alias", { Qualifier: "live" });
    await add("of-version", { Qualifier: "1" });
    expect((await get("live")).Statement).toMatchObject([{ Sid: "of-alias", Resource: `${arn}:live` }]);
    expect((await get("1")).Statement).toMatchObject([{ Sid: "of-version", Resource: `${arn}:1` }]);
    expect((await remove("of-alias", undefined, "live")).$metadata.httpStatusCode).toBe(204);
    const none = { name: "ResourceNotFoundException", message: "The resource you requested does not exist." };
    await expect(get("live")).rejects.toMatchObject(none);
    expect((await get()).Statement).toMatchObject([{ Sid: "own" }]);
  });

  test("has a new revision after each change, by which it can be changed only as it was seen", async () => {
    await add("a");
    const { revision } = await get();
    await add("b", { RevisionId: revision });
    const stale = { name: "PreconditionFailedException" };
    await expect(remove("a", revision)).rejects.toMatchObject(stale);
    await expect(add("c", { RevisionId: revision })).rejects.toMatchObject(stale);
    await remove("a", (await get()).revision);
    expect((await get()).Statement).toMatchObject([{ Sid: "b" }]);
    await expect(remove("a")).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Statement a is not found in resource policy.",
    });
  });
});
