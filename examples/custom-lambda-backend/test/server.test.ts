import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateFunctionCommand,
  InvokeCommand,
  type InvokeCommandOutput,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { createServer } from "@fc/server";
import { zip } from "@fc-example/counter/zip";
import { expect, onTestFinished, test } from "vitest";

const backendModule = join(import.meta.dirname, "../src/process-backend.ts");
const FunctionName = "greeter";
const source = `
export const handler = async ({ name }, context) => {
  if (name === undefined) throw new RangeError("nobody to greet");
  console.log("greeting", name);
  return { text: process.env.GREETING + ", " + name, arn: context.invokedFunctionArn };
};`;

async function deploy(lambda: LambdaClient): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: "arn:aws:iam::000000000000:role/greeter",
      Environment: { Variables: { GREETING: "hello" } },
      Code: { ZipFile: await zip({ "index.mjs": { content: source } }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { FunctionName });
}

test("the server runs functions on the backend that it is given by name, and leaves nothing", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fc-process-backend-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const server = await createServer({
    flags: { addr: "127.0.0.1:0", "lambda-backend": backendModule },
    environment: { PATH: process.env["PATH"], PROCESS_BACKEND_FOLDER: folder },
  });
  try {
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const lambda = new LambdaClient({ endpoint: server.url, region: "us-east-1", credentials });
    await deploy(lambda);
    const invoke = (event: unknown): Promise<InvokeCommandOutput> =>
      lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event), LogType: "Tail" }));
    const greeted = await invoke({ name: "wörld" });
    expect(greeted.FunctionError).toBeUndefined();
    expect(JSON.parse(greeted.Payload?.transformToString() ?? "")).toEqual({
      text: "hello, wörld",
      arn: "arn:aws:lambda:us-east-1:123456789012:function:greeter",
    });
    expect(Buffer.from(greeted.LogResult ?? "", "base64").toString()).toContain("greeting wörld\n");
    const failed = await invoke({});
    expect(failed.FunctionError).toBe("Unhandled");
    expect(JSON.parse(failed.Payload?.transformToString() ?? "")).toMatchObject({ errorType: "RangeError" });
    expect(await readdir(folder)).toHaveLength(1);
  } finally {
    await server[Symbol.asyncDispose]();
  }
  expect(await readdir(folder)).toEqual([]);
});
