import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createServer, type Server } from "../src/index.ts";

const backends = fileURLToPath(new URL("memory-backends.ts", import.meta.url));
const environment = { FAKECLOUD_LAMBDA_BACKEND: backends, FAKECLOUD_ELASTICACHE_BACKEND: backends };

let server: Server;
let other: Server;
beforeEach(async () => {
  const start = (): Promise<Server> => createServer({ environment, flags: { addr: "127.0.0.1:0" } });
  [server, other] = await Promise.all([start(), start()]);
});
afterEach(() => Promise.all([server[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]));

async function metricsOf({ url }: Server): Promise<string[]> {
  const answer = await fetch(`${url}/metrics`);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([
    200,
    "text/plain; version=0.0.4; charset=utf-8",
  ]);
  return (await answer.text()).split("\n");
}

describe("metrics", () => {
  test("count what a server answered, and nothing of another one in the same process", async () => {
    await fetch(`${server.url}/2015-03-31/functions`);
    await fetch(`${server.url}/2015-03-31/functions/none`);
    await fetch(`${server.url}/`, {
      method: "POST",
      body: new URLSearchParams({ Action: "DescribeUsers", Version: "2015-02-02" }),
    });
    const counted = (await metricsOf(server)).filter((line) => line.startsWith("fakecloud_aws_requests_total{"));
    expect(counted.sort()).toEqual([
      'fakecloud_aws_requests_total{service="elasticache",operation="DescribeUsers",status="2xx"} 1',
      'fakecloud_aws_requests_total{service="lambda",operation="GetFunction",status="4xx"} 1',
      'fakecloud_aws_requests_total{service="lambda",operation="ListFunctions",status="2xx"} 1',
    ]);
    expect((await metricsOf(other)).filter((line) => line.startsWith("fakecloud_aws_requests_total{"))).toEqual([]);
  });

  test("tell how functions, queues, caches and the process stand", async () => {
    const create = {
      Action: "CreateCacheCluster",
      Version: "2015-02-02",
      CacheClusterId: "c",
      Engine: "redis",
      CacheNodeType: "cache.t3.micro",
      NumCacheNodes: "1",
    };
    expect((await fetch(`${server.url}/`, { method: "POST", body: new URLSearchParams(create) })).status).toBe(200);
    await expect
      .poll(() => metricsOf(server))
      .toContain('fakecloud_elasticache_clusters{engine="redis",status="available"} 1');
    const lines = await metricsOf(server);
    for (const line of [
      'fakecloud_lambda_environments{phase="idle"} 0',
      "fakecloud_lambda_waiting_invocations 0",
      "fakecloud_lambda_async_events 0",
      "fakecloud_lambda_async_oldest_event_age_seconds 0",
      "fakecloud_lambda_failed_deliveries_total 0",
      "fakecloud_lambda_throttles_total 0",
    ])
      expect(lines).toContain(line);
    expect(lines.filter((line) => line.startsWith("process_resident_memory_bytes "))).toHaveLength(1);
  });
});

test("what there is and what the documentation lists are the same", async () => {
  const page = await readFile(new URL("../../../docs/metrics.md", import.meta.url), "utf8");
  const listed = [...page.matchAll(/^\| `(fakecloud_\w+)` \|/gm)].map(([, name]) => name);
  const told = (await metricsOf(server)).flatMap((line) => /^# TYPE (fakecloud_\w+) /.exec(line)?.[1] ?? []);
  expect(listed.toSorted()).toEqual(told.toSorted());
});

test("with an admin token metrics are for those who have it, by both of their paths", async () => {
  const FAKECLOUD_ADMIN_TOKEN = "secret-of-the-admin";
  await using guarded = await createServer({
    environment: { ...environment, FAKECLOUD_ADMIN_TOKEN },
    flags: { addr: "127.0.0.1:0" },
  });
  const status = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
    (await fetch(`${guarded.url}${path}`, { headers })).status;
  for (const path of ["/metrics", "/_fakecloud/metrics"]) {
    expect([path, await status(path)]).toEqual([path, 401]);
    expect([path, await status(path, { authorization: `Bearer ${FAKECLOUD_ADMIN_TOKEN}` })]).toEqual([path, 200]);
  }
});
