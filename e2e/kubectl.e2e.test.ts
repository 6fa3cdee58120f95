import { spawn } from "node:child_process";
import {
  CreateCacheClusterCommand,
  DescribeCacheClustersCommand,
  waitUntilCacheClusterAvailable,
} from "@aws-sdk/client-elasticache";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { elastiCacheClient, lambdaClient, quickly } from "./lib/clients.ts";
import { createFunction, invoke, node } from "./lib/functions.ts";
import { execProgram, lacks } from "./lib/programs.ts";
import { ask, resp } from "./lib/resp.ts";
import { cleanEnvironment, type ServerProcess, startServer } from "./lib/server-process.ts";

const without = await lacks("kubectl", "version", "--client");

describe.skipIf(without)("kubectl", () => {
  let server: ServerProcess;
  let lambda: ReturnType<typeof lambdaClient>;
  const environment = (): Record<string, string> => ({ ...cleanEnvironment(), KUBECONFIG: server.kubeconfig });
  const kubectl = (...args: string[]): Promise<string> => execProgram("kubectl", args, environment());
  /** A Pod of the pool gets its function's labels at about the time of the first answer. */
  const podOf = async (name: string): Promise<string> => {
    const ask = (): Promise<string> => kubectl("get", "pods", "-l", `fakecloud-lambda=${name}`, "-o", "name");
    await expect.poll(ask, { timeout: 10_000 }).toMatch(/^pod\/\S+\s*$/);
    return (await ask()).trim();
  };

  beforeAll(async () => {
    server = await startServer();
    lambda = lambdaClient(server.url);
    await createFunction(
      lambda,
      node(
        "shown",
        "export const handler = async (event) => { console.log('hello', event.who); return process.pid; };",
      ),
    );
    await invoke(lambda, "shown", { who: "kubectl" });
    const elasticache = elastiCacheClient(server.url);
    await elasticache.send(
      new CreateCacheClusterCommand({
        CacheClusterId: "shown",
        Engine: "redis",
        CacheNodeType: "cache.t3.micro",
        NumCacheNodes: 1,
      }),
    );
    await waitUntilCacheClusterAvailable({ client: elasticache, ...quickly }, { CacheClusterId: "shown" });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("get shows Pods, Services and Events as tables", async () => {
    await podOf("shown");
    const pods = await kubectl("get", "pods", "-L", "fakecloud-lambda");
    expect(pods).toMatch(/^NAME\s+READY\s+STATUS\s+RESTARTS\s+AGE\s+FAKECLOUD-LAMBDA\n/);
    expect(pods).toMatch(/fakecloud-lambda-\S+\s+1\/1\s+Running\s+0\s+\S+\s+shown\n/);
    expect(pods).toMatch(/fakecloud-ec-shown-\S+\s+1\/1\s+Running/);
    expect(await kubectl("get", "services")).toMatch(/fakecloud-ec-shown-\S+\s+ClusterIP\s+127\.\d+\.\d+\.\d+/);
    expect(await kubectl("get", "events")).toMatch(/Scheduled|Started/);
  });

  test("describe tells a Pod's image, state and events", async () => {
    const described = await kubectl("describe", await podOf("shown"));
    expect(described).toContain("public.ecr.aws/lambda/nodejs:22");
    expect(described).toMatch(/Status:\s+Running/);
    expect(described).toMatch(/Events:[\s\S]*Started/);
  });

  test("logs -f follows what the function writes", async () => {
    const pod = await podOf("shown");
    const follow = spawn("kubectl", ["logs", "-f", pod], { env: environment(), stdio: ["ignore", "pipe", "inherit"] });
    try {
      let text = "";
      const seen = new Promise<void>((resolve) => {
        follow.stdout.on("data", (chunk) => {
          text += chunk;
          if (text.includes("hello again")) resolve();
        });
      });
      await invoke(lambda, "shown", { who: "again" });
      await seen;
      expect(text).toContain("hello kubectl");
    } finally {
      follow.kill();
    }
  });

  test("exec runs in the Pod, with its environment and exit code", async () => {
    const pod = await podOf("shown");
    expect(await kubectl("exec", pod, "--", "sh", "-c", "ls /var/task")).toContain("index.mjs");
    await expect(kubectl("exec", pod, "--", "sh", "-c", "exit 7")).rejects.toMatchObject({ code: 7 });
    const cache = (await kubectl("get", "pods", "-l", "fakecloud-elasticache=shown", "-o", "name")).trim();
    expect(await kubectl("exec", cache, "--", "redis-cli", "PING")).toContain("PONG");
  });

  test("delete pod: the next invocation gets a new one", async () => {
    const before = await podOf("shown");
    await kubectl("delete", before);
    expect((await invoke(lambda, "shown", { who: "new" })).error).toBeUndefined();
    const after = await podOf("shown");
    expect(after).not.toBe(before);
  });

  test("delete pod: a cache comes back at the same address", async () => {
    const { CacheClusters } = await elastiCacheClient(server.url).send(
      new DescribeCacheClustersCommand({ CacheClusterId: "shown", ShowCacheNodeInfo: true }),
    );
    const { Address = "", Port = 0 } = CacheClusters?.[0]?.CacheNodes?.[0]?.Endpoint ?? {};
    await kubectl("delete", "pods", "-l", "fakecloud-elasticache=shown");
    const ping = (): Promise<string> => ask(Address, Port, resp("PING")).catch((error: Error) => error.message);
    await expect.poll(ping, { timeout: 20_000 }).toBe("+PONG\r\n");
  });
});
