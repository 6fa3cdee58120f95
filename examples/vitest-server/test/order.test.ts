import { CreateFunctionCommand, LambdaClient, waitUntilFunctionActiveV2 } from "@aws-sdk/client-lambda";
import { createServer, type Server } from "@fc/server";
import { zip } from "@fc-example/counter/zip";
import { expect, test } from "vitest";
import { priceOf } from "../src/order.ts";

const FunctionName = "price";
const source = `export const handler = async ({ items }) => {
  if (items.length === 0) throw new RangeError("nothing was ordered");
  return items.reduce((sum, { cents }) => sum + cents, 0);
};`;

async function lambdaWithFunction(server: Server): Promise<LambdaClient> {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const lambda = new LambdaClient({ endpoint: server.url, region: "us-east-1", credentials });
  const Code = { ZipFile: await zip({ "index.mjs": { content: source } }) };
  const Role = "arn:aws:iam::000000000000:role/price";
  await lambda.send(
    new CreateFunctionCommand({ FunctionName, Runtime: "nodejs22.x", Handler: "index.handler", Role, Code }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { FunctionName });
  return lambda;
}

test("an order has its price, and an empty one none", async () => {
  await using server = await createServer({ flags: { addr: "127.0.0.1:0" } });
  const lambda = await lambdaWithFunction(server);
  expect(await priceOf(lambda, [{ cents: 250 }, { cents: 399 }])).toBe(649);
  await expect(priceOf(lambda, [])).rejects.toThrow("nothing was ordered");
});

test("another test has a server of its own, and can look into it without a socket", async () => {
  await using server = await createServer({ listen: false });
  const answer = await server.handle(new Request(`${server.url}/2015-03-31/functions`));
  expect(await answer.json()).toEqual({ Functions: [] });
});
