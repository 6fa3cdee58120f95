import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { zipOf } from "./lib/functions.ts";
import { execProgram, lacks } from "./lib/programs.ts";
import { ask, resp } from "./lib/resp.ts";
import { cleanEnvironment, type ServerProcess, startServer } from "./lib/server-process.ts";

const without = await lacks("aws", "--version");

describe.skipIf(without)("the AWS CLI", () => {
  let server: ServerProcess;
  let folder: string;
  // biome-ignore lint/suspicious/noExplicitAny: the CLI's JSON
  async function aws(...args: string[]): Promise<any> {
    const environment = {
      ...cleanEnvironment(),
      AWS_ENDPOINT_URL: server.url,
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_MAX_ATTEMPTS: "1",
    };
    const text = await execProgram("aws", [...args, "--output", "json"], environment);
    return text.trim() === "" ? undefined : JSON.parse(text);
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
