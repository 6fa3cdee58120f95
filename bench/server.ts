import { spawnSync } from "node:child_process";
import {
  CreateCacheClusterCommand,
  ElastiCacheClient,
  waitUntilCacheClusterAvailable,
} from "@aws-sdk/client-elasticache";
import { CreateFunctionCommand, LambdaClient, waitUntilFunctionActiveV2 } from "@aws-sdk/client-lambda";
import { zip } from "@fc-example/counter/zip";
import { type Call, type Figures, load, percentile } from "./lib/load.ts";
import { residentMiB, startMeasured, stop } from "./lib/server-process.ts";

const floorProgram = new URL("./floor-server.ts", import.meta.url);
const serverProgram = new URL("../packages/server/bin/fc-server.js", import.meta.url);
const rounds = 5;

function row(name: string, value: string, floor: string, ratio: number): void {
  console.log(`| ${name} | ${value} | ${floor} | ${ratio.toFixed(2)} |`);
}

function requests(name: string, measured: Figures, floor: Figures): void {
  row(
    `${name}, requests per second`,
    measured.perSecond.toFixed(0),
    floor.perSecond.toFixed(0),
    measured.perSecond / floor.perSecond,
  );
  row(`${name}, p50 ms`, measured.p50.toFixed(2), floor.p50.toFixed(2), measured.p50 / floor.p50);
  row(`${name}, p99 ms`, measured.p99.toFixed(2), floor.p99.toFixed(2), measured.p99 / floor.p99);
}

async function startUps(): Promise<void> {
  const [server, floor]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    for (const [times, program, args, path] of [
      [server, serverProgram, ["--addr", "127.0.0.1:0"], "/_fakecloud/health"],
      [floor, floorProgram, [], "/"],
    ] as const) {
      const { child, startMs } = await startMeasured(program, args, path);
      times.push(startMs);
      await stop(child);
    }
  }
  const [value, base] = [percentile(server, 0.5), percentile(floor, 0.5)];
  row("start to first answer, p50 ms", value.toFixed(0), base.toFixed(0), value / base);
}

async function createFunction(client: LambdaClient, name: string): Promise<void> {
  const ZipFile = await zip({ "index.mjs": { content: "export const handler = async (event) => event;" } });
  const Role = "arn:aws:iam::123456789012:role/bench";
  await client.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role,
      Code: { ZipFile },
    }),
  );
  await waitUntilFunctionActiveV2({ client, minDelay: 1, maxDelay: 1, maxWaitTime: 60 }, { FunctionName: name });
}

const invocation = (url: string, name: string): Call => ({
  url: `${url}/2015-03-31/functions/${name}/invocations`,
  method: "POST",
  body: "{}",
});

async function coldInvokes(client: LambdaClient, url: string): Promise<void> {
  const [cold, bare]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    await createFunction(client, `cold-${round}`);
    cold.push((await load(invocation(url, `cold-${round}`), 1, 1)).p50);
    const started = performance.now();
    spawnSync(process.execPath, ["-e", "0"]);
    bare.push(performance.now() - started);
  }
  const [value, base] = [percentile(cold, 0.5), percentile(bare, 0.5)];
  row("cold invoke (Node.js), p50 ms", value.toFixed(0), `${base.toFixed(0)} (bare node start)`, value / base);
}

/**
 * What the server costs, each figure beside a floor: an empty node:http server for requests, the bare start of such a server for
 * start-up and memory, a bare start of the interpreter for cold invokes.
 */
export async function runServer(): Promise<void> {
  console.log("| figure | server | floor | ratio |\n| --- | --- | --- | --- |");
  await startUps();
  const floor = await startMeasured(floorProgram, [], "/");
  const server = await startMeasured(
    serverProgram,
    ["--addr", "127.0.0.1:0", "--log-level", "warn"],
    "/_fakecloud/health",
  );
  try {
    const [idle, bare] = [residentMiB(server.child.pid ?? 0), residentMiB(floor.child.pid ?? 0)];
    row("idle memory, MiB", idle.toFixed(0), bare.toFixed(0), idle / bare);
    const config = {
      endpoint: server.url,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    };
    const lambda = new LambdaClient(config);
    await createFunction(lambda, "bench");
    const elasticache = new ElastiCacheClient(config);
    await elasticache.send(
      new CreateCacheClusterCommand({
        CacheClusterId: "bench",
        Engine: "redis",
        CacheNodeType: "cache.t3.micro",
        NumCacheNodes: 1,
      }),
    );
    await waitUntilCacheClusterAvailable(
      { client: elasticache, minDelay: 1, maxDelay: 1, maxWaitTime: 60 },
      { CacheClusterId: "bench" },
    );
    const calls: readonly [string, Call, number, number][] = [
      ["GetFunction", { url: `${server.url}/2015-03-31/functions/bench`, method: "GET" }, 4_000, 16],
      [
        "DescribeCacheClusters",
        {
          url: server.url,
          method: "POST",
          body: "Action=DescribeCacheClusters&Version=2015-02-02",
          headers: { "content-type": "application/x-www-form-urlencoded" },
        },
        4_000,
        16,
      ],
      ["warm Invoke, one at a time", invocation(server.url, "bench"), 500, 1],
    ];
    for (const [name, call, count, connections] of calls) {
      const empty: Call = { ...call, url: floor.url };
      // A first round warms both up; the second counts.
      await load(call, count / 4, connections);
      await load(empty, count / 4, connections);
      requests(name, await load(call, count, connections), await load(empty, count, connections));
    }
    await coldInvokes(lambda, server.url);
  } finally {
    await stop(server.child);
    await stop(floor.child);
  }
}
