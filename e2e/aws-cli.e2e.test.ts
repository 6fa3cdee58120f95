import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lacksAwsEmulator, startAwsEmulator } from "@fc-repo/aws-emulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { zipOf } from "./lib/functions.ts";
import { execProgram, lacks } from "./lib/programs.ts";
import { ask, resp } from "./lib/resp.ts";
import { cleanEnvironment, type ServerProcess, startServer } from "./lib/server-process.ts";

const without = await lacks("aws", "--version");
const withoutS3 = await lacksAwsEmulator();

describe.skipIf(without)("the AWS CLI", () => {
  let server: ServerProcess;
  let folder: string;
  // biome-ignore lint/suspicious/noExplicitAny: the CLI's JSON
  async function aws(...args: string[]): Promise<any> {
    const environment = { ...credentials(), AWS_ENDPOINT_URL: server.url };
    const text = await execProgram("aws", [...args, "--output", "json"], environment);
    return text.trim() === "" ? undefined : JSON.parse(text);
  }

  function credentials(): Record<string, string> {
    return {
      ...cleanEnvironment(),
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_MAX_ATTEMPTS: "1",
    };
  }

  beforeAll(async () => {
    server = await startServer();
    folder = await mkdtemp(join(tmpdir(), "fc-cli-"));
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test("creates, waits for, invokes and deletes a function", async () => {
    const zip = join(folder, "code.zip");
    const out = join(folder, "out.json");
    await writeFile(
      zip,
      await zipOf({ "index.mjs": "export const handler = async (event) => ({ hello: event.name });" }),
    );
    const role = "arn:aws:iam::123456789012:role/any";
    const created = await aws(
      "lambda",
      "create-function",
      "--function-name",
      "cli",
      "--runtime",
      "nodejs22.x",
      "--handler",
      "index.handler",
      "--role",
      role,
      "--zip-file",
      `fileb://${zip}`,
      "--tags",
      "a=b",
    );
    expect(created).toMatchObject({ FunctionName: "cli", State: "Pending" });
    await aws("lambda", "wait", "function-active-v2", "--function-name", "cli");
    const payload = join(folder, "in.json");
    await writeFile(payload, JSON.stringify({ name: "cli" }));
    expect(
      await aws("lambda", "invoke", "--function-name", "cli", "--payload", `fileb://${payload}`, out),
    ).toMatchObject({ StatusCode: 200 });
    expect(JSON.parse(await readFile(out, "utf8"))).toEqual({ hello: "cli" });
    expect((await aws("lambda", "list-functions")).Functions).toHaveLength(1);
    expect(
      await aws("lambda", "get-function", "--function-name", "arn:aws:lambda:us-east-1:123456789012:function:cli"),
    ).toMatchObject({ Tags: { a: "b" } });
    await aws("lambda", "delete-function", "--function-name", "cli");
    await expect(aws("lambda", "get-function", "--function-name", "cli")).rejects.toThrow("ResourceNotFoundException");
  });

  test.skipIf(withoutS3)("takes the code of functions and layers from S3", async () => {
    await using emulator = await startAwsEmulator();
    await using own = await startServer({ args: ["--event-source-endpoint", emulator.url] });
    const lambda = (...args: string[]): ReturnType<typeof aws> => aws("--endpoint-url", own.url, "lambda", ...args);
    const s3 = (...args: string[]): Promise<string> =>
      execProgram("aws", ["--endpoint-url", emulator.url, "s3", ...args], credentials());
    const zip = async (name: string, files: Record<string, string>): Promise<void> => {
      const path = join(folder, name);
      await writeFile(path, await zipOf(files));
      await s3("cp", path, `s3://code/v/${name}`);
    };
    await s3("mb", "s3://code");
    await zip("one.zip", { "index.mjs": "export const handler = async () => 1;" });
    await zip("two.zip", { "index.mjs": "import { n } from '/opt/two.mjs'; export const handler = async () => n;" });
    await zip("layer.zip", { "two.mjs": "export const n = 2;" });
    const create = (key: string): ReturnType<typeof aws> =>
      lambda(
        ...["create-function", "--function-name", "s3", "--runtime", "nodejs22.x", "--handler", "index.handler"],
        ...["--role", "arn:aws:iam::123456789012:role/any", "--code", `S3Bucket=code,S3Key=${key}`],
      );
    await expect(create("v/none.zip")).rejects.toThrow(
      "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
    );
    await create("v/one.zip");
    await lambda("wait", "function-active-v2", "--function-name", "s3");
    const out = join(folder, "s3.json");
    const answer = async (): Promise<string> => {
      await lambda("invoke", "--function-name", "s3", out);
      return await readFile(out, "utf8");
    };
    expect(await answer()).toBe("1");
    const { Code } = await lambda("get-function", "--function-name", "s3");
    const downloaded = Buffer.from(await (await fetch(Code.Location)).arrayBuffer());
    expect(downloaded.equals(await readFile(join(folder, "one.zip")))).toBe(true);
    const content = ["--content", "S3Bucket=code,S3Key=v/layer.zip"];
    const { LayerVersionArn } = await lambda("publish-layer-version", "--layer-name", "l", ...content);
    await lambda("update-function-configuration", "--function-name", "s3", "--layers", LayerVersionArn);
    await lambda("wait", "function-updated-v2", "--function-name", "s3");
    await lambda("update-function-code", "--function-name", "s3", "--s3-bucket", "code", "--s3-key", "v/two.zip");
    await lambda("wait", "function-updated-v2", "--function-name", "s3");
    expect(await answer()).toBe("2");
  });

  test("creates, waits for, describes and deletes a cache cluster", async () => {
    const id = ["--cache-cluster-id", "cli"];
    await aws(
      "elasticache",
      "create-cache-cluster",
      ...id,
      "--engine",
      "redis",
      "--cache-node-type",
      "cache.t3.micro",
      "--num-cache-nodes",
      "1",
      "--tags",
      "Key=a,Value=",
    );
    await aws("elasticache", "wait", "cache-cluster-available", ...id);
    const { CacheClusters } = await aws("elasticache", "describe-cache-clusters", ...id, "--show-cache-node-info");
    const { Address, Port } = CacheClusters[0].CacheNodes[0].Endpoint;
    expect(await ask(Address, Port, resp("PING"))).toBe("+PONG\r\n");
    await aws("elasticache", "delete-cache-cluster", ...id);
    await aws("elasticache", "wait", "cache-cluster-deleted", ...id);
  });

  test("shows what an operation that is not implemented is called", async () => {
    await expect(aws("elasticache", "describe-global-replication-groups")).rejects.toThrow(
      /DescribeGlobalReplicationGroups/,
    );
  });
});
