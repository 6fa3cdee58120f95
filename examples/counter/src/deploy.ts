import { readFile } from "node:fs/promises";
import {
  CreateCacheClusterCommand,
  DeleteCacheClusterCommand,
  DescribeCacheClustersCommand,
  type ElastiCacheClient,
  waitUntilCacheClusterAvailable,
  waitUntilCacheClusterDeleted,
} from "@aws-sdk/client-elasticache";
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  InvokeCommand,
  type LambdaClient,
  type Runtime,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { zip } from "./zip.ts";

const cacheClusterId = "counter";
const functions: readonly { name: string; runtime: Runtime; source: string }[] = [
  { name: "counter-node", runtime: "nodejs22.x", source: "counter.mjs" },
  { name: "counter-python", runtime: "python3.13", source: "counter.py" },
];

export interface Clients {
  readonly lambda: LambdaClient;
  readonly elasticache: ElastiCacheClient;
}

/** Called with the name of each step and how long it took, in milliseconds. */
export type OnStep = (step: string, milliseconds: number, result?: unknown) => void;

/** Creates the cache and the functions that count in it, and invokes each of them twice. */
export async function deployAndCount({ lambda, elasticache }: Clients, onStep: OnStep): Promise<void> {
  const timed = timer(onStep);
  const endpoint = await timed("create the cache", async () => {
    const CacheClusterId = cacheClusterId;
    await elasticache.send(
      new CreateCacheClusterCommand({
        CacheClusterId,
        Engine: "redis",
        CacheNodeType: "cache.t3.micro",
        NumCacheNodes: 1,
      }),
    );
    await waitUntilCacheClusterAvailable(
      { client: elasticache, maxWaitTime: 120, minDelay: 1, maxDelay: 1 },
      { CacheClusterId },
    );
    const described = await elasticache.send(
      new DescribeCacheClustersCommand({ CacheClusterId, ShowCacheNodeInfo: true }),
    );
    return described.CacheClusters?.[0]?.CacheNodes?.[0]?.Endpoint;
  });
  const Variables = { CACHE_ADDRESS: endpoint?.Address ?? "", CACHE_PORT: String(endpoint?.Port) };
  for (const { name, runtime, source } of functions) {
    await timed(`create ${name}`, async () => {
      const content = await readFile(new URL(source, import.meta.url), "utf8");
      await lambda.send(
        new CreateFunctionCommand({
          FunctionName: name,
          Runtime: runtime,
          Handler: "counter.handler",
          Role: "arn:aws:iam::123456789012:role/counter",
          Code: { ZipFile: await zip({ [source]: { content } }) },
          Environment: { Variables },
        }),
      );
      await waitUntilFunctionActiveV2(
        { client: lambda, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
        { FunctionName: name },
      );
    });
    for (const call of ["first", "second"]) await timed(`invoke ${name}, ${call} time`, () => invoke(lambda, name));
  }
}

/** Deletes what {@link deployAndCount} made; what is not there is fine. */
export async function remove({ lambda, elasticache }: Clients, onStep: OnStep): Promise<void> {
  await timer(onStep)("delete everything", async () => {
    for (const { name } of functions)
      await lambda.send(new DeleteFunctionCommand({ FunctionName: name })).catch(absent);
    await elasticache.send(new DeleteCacheClusterCommand({ CacheClusterId: cacheClusterId })).catch(absent);
    await waitUntilCacheClusterDeleted(
      { client: elasticache, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { CacheClusterId: cacheClusterId },
    );
  });
}

async function invoke(lambda: LambdaClient, name: string): Promise<unknown> {
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify({ key: "visits" })) }),
  );
  const text = Buffer.from(answer.Payload ?? []).toString();
  if (answer.FunctionError !== undefined) throw new Error(`${name} failed: ${text}`);
  return JSON.parse(text);
}

function timer(onStep: OnStep): <T>(step: string, work: () => Promise<T>) => Promise<T> {
  return async (step, work) => {
    const started = performance.now();
    const result = await work();
    onStep(step, performance.now() - started, result);
    return result;
  };
}

function absent(error: Error): void {
  if (!/NotFound/.test(error.name)) throw error;
}
