import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  GetFunctionCommand,
  type GetFunctionCommandOutput,
  InvokeCommand,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import { type Harness, type HarnessOptions, lambdaHarness, role } from "../../test/support/lambda-harness.ts";
import { codeZip } from "../../test/support/make-function.ts";
import { BackendError, type FunctionSpec } from "../backend/index.ts";

const FunctionName = "f";
const ImageUri = "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/app:1";
const digestOf = (digit: string): string => `sha256:${digit.repeat(64)}`;

async function make(
  options: HarnessOptions = {},
  input: Partial<CreateFunctionCommandInput> = {},
): Promise<Harness & { readonly launched: FunctionSpec[] }> {
  const launched: FunctionSpec[] = [];
  const onLaunch: HarnessOptions["onLaunch"] = ({ spec, code }) => {
    expect(code.files).toEqual([]);
    launched.push(spec);
    return undefined;
  };
  const rig = lambdaHarness({ onLaunch, ...options });
  const base = { FunctionName, Role: role, PackageType: "Image", Code: { ImageUri } } as const;
  await rig.client.send(new CreateFunctionCommand({ ...base, ...input }));
  await rig.settle();
  return { ...rig, launched };
}

const get = (rig: Harness): Promise<GetFunctionCommandOutput> =>
  rig.client.send(new GetFunctionCommand({ FunctionName }));

describe("a function that is a container image", () => {
  test("has no runtime, handler or zip, and the digest that the backend pulled", async () => {
    const rig = await make({ onPullImage: () => Promise.resolve(digestOf("a")) });
    const { Configuration, Code } = await get(rig);
    expect(Configuration).toMatchObject({
      State: "Active",
      PackageType: "Image",
      CodeSize: 0,
      CodeSha256: "a".repeat(64),
    });
    for (const absent of ["Runtime", "Handler", "RuntimeVersionConfig", "ImageConfigResponse"])
      expect(Configuration).not.toHaveProperty(absent);
    expect(Code).toEqual({
      RepositoryType: "ECR",
      ImageUri,
      ResolvedImageUri: `111122223333.dkr.ecr.us-east-1.amazonaws.com/team/app@${digestOf("a")}`,
    });
  });

  test("is launched with its ImageConfig, which can be changed and taken back", async () => {
    const ImageConfig = { EntryPoint: ["/entry"], Command: ["app.handler"], WorkingDirectory: "/srv" };
    const rig = await make({}, { ImageConfig });
    await rig.client.send(new InvokeCommand({ FunctionName }));
    expect(rig.launched[0]).toMatchObject({
      runtime: "",
      image: { uri: ImageUri, entryPoint: ["/entry"], command: ["app.handler"], workingDirectory: "/srv" },
    });
    expect((await get(rig)).Configuration?.ImageConfigResponse).toEqual({ ImageConfig });
    const change = { FunctionName, ImageConfig: { Command: ["app.other"] } };
    await rig.client.send(new UpdateFunctionConfigurationCommand(change));
    await rig.settle();
    await rig.client.send(new InvokeCommand({ FunctionName }));
    expect(rig.launched[1]?.image).toEqual({ uri: ImageUri, command: ["app.other"] });
    await rig.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, ImageConfig: {} }));
    await rig.settle();
    expect((await get(rig)).Configuration).not.toHaveProperty("ImageConfigResponse");
  });

  test("runs what its tag names at the time of the update, also when the URI is the same", async () => {
    const digests = [digestOf("a"), digestOf("b")];
    const rig = await make({ onPullImage: () => Promise.resolve(digests.shift()) });
    await rig.client.send(new InvokeCommand({ FunctionName }));
    const version = await rig.client.send(new PublishVersionCommand({ FunctionName }));
    await rig.client.send(new UpdateFunctionCodeCommand({ FunctionName, ImageUri }));
    await rig.settle();
    await rig.client.send(new InvokeCommand({ FunctionName }));
    expect(rig.launched).toHaveLength(2);
    expect(rig.launched[1]?.deployId).not.toBe(rig.launched[0]?.deployId);
    expect((await get(rig)).Configuration?.CodeSha256).toBe("b".repeat(64));
    expect(version.CodeSha256).toBe("a".repeat(64));
  });

  test("that cannot be pulled says why as soon as it is made", async () => {
    const failure = new BackendError("FC_LAMBDA_LAUNCH_FAILED", "no such image", {
      details: { reason: "ErrImagePull" },
    });
    const rig = await make({ onPullImage: () => Promise.reject(failure) });
    expect((await get(rig)).Configuration).toMatchObject({
      State: "Active",
      StateReason: "ErrImagePull: no such image",
    });
  });

  test("that is named by digest shows that one, whatever the backend can tell", async () => {
    const uri = `example.com:5000/app@${digestOf("c")}`;
    const rig = await make({}, { Code: { ImageUri: uri } });
    expect((await get(rig)).Configuration?.CodeSha256).toBe("c".repeat(64));
    expect((await get(rig)).Code?.ResolvedImageUri).toBe(uri);
  });

  test.each<[string, Partial<CreateFunctionCommandInput>, RegExp]>([
    ["a handler", { Handler: "a.b" }, /^Please don't provide Handler or Runtime or Layer/],
    ["a runtime", { Runtime: "nodejs22.x" }, /^Please don't provide Handler or Runtime or Layer/],
    ["a zip", { Code: { ZipFile: codeZip } }, /^Please don't provide ZipFile or S3Bucket/],
    ["no image", { Code: {} }, /^Please provide a source for function code/],
    ["what is no reference", { Code: { ImageUri: "http://x/y z" } }, /^Source image http:\/\/x\/y z is not valid/],
  ])("is refused with %s", async (_, input, message) => {
    await expect(make({}, input)).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: expect.stringMatching(message),
    });
  });

  test("is not updated with a zip, nor a zip's function with an image or ImageConfig", async () => {
    const rig = await make();
    const refused = { name: "InvalidParameterValueException" };
    await expect(
      rig.client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: codeZip })),
    ).rejects.toMatchObject(refused);
    const zip = { FunctionName: "z", Role: role, Runtime: "nodejs22.x", Handler: "index.handler" } as const;
    await rig.client.send(new CreateFunctionCommand({ ...zip, Code: { ZipFile: codeZip } }));
    await rig.settle();
    const update = new UpdateFunctionConfigurationCommand({ FunctionName: "z", ImageConfig: { Command: ["x"] } });
    await expect(rig.client.send(update)).rejects.toMatchObject(refused);
  });
});
