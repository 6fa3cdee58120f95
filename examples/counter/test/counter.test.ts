import { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { createServer } from "@fc/server";
import { expect, test } from "vitest";
import { deployAndCount, remove } from "../src/deploy.ts";

test("both functions count in the same cache, and nothing is left", async () => {
  await using server = await createServer({ flags: { addr: "127.0.0.1:0" } });
  const config = {
    endpoint: server.url,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
  const clients = { lambda: new LambdaClient(config), elasticache: new ElastiCacheClient(config) };
  const counts: unknown[] = [];
  await deployAndCount(clients, (step, _, result) => {
    if (step.startsWith("invoke")) counts.push(result);
  });
  await remove(clients, () => undefined);
  expect(counts).toEqual([
    { language: "node", count: 1 },
    { language: "node", count: 2 },
    { language: "python", count: 3 },
    { language: "python", count: 4 },
  ]);
  expect(server.lambda.environments()).toEqual([]);
});
