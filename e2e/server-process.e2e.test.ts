import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { CreateCacheClusterCommand, waitUntilCacheClusterAvailable } from "@aws-sdk/client-elasticache";
import { describe, expect, test } from "vitest";
import { elastiCacheClient, lambdaClient, quickly } from "./lib/clients.ts";
import { environmentsOf } from "./lib/environments.ts";
import { createFunction, invoke, node } from "./lib/functions.ts";
import { runServer, startServer } from "./lib/server-process.ts";

/** The process ids below a process, its own included. */
function processTree(pid: number): number[] {
  const rows = execFileSync("ps", ["-axo", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
  const pairs = rows.map((row) => row.trim().split(/\s+/).map(Number) as [number, number]);
  const below = (parent: number): number[] => [
    parent,
    ...pairs.filter(([, ppid]) => ppid === parent).flatMap(([child]) => below(child)),
  ];
  return below(pid);
}

function alive(pid: number): boolean {
  try {
    return !execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).startsWith("Z");
  } catch {
    return false;
  }
}

describe("life of the process", () => {
  test("prints port, kubeconfig, isolation and commands to try; stops cleanly on SIGTERM and leaves nothing", async () => {
    await using server = await startServer();
    const { stdout } = server.output();
    expect(stdout).toMatch(/^FAKECLOUD_PORT=\d+$/m);
    expect(stdout).toMatch(/^KUBECONFIG=\/.+$/m);
    expect(stdout).toMatch(/isolation (ns-root|ns-user|plain)/);
    const lambda = lambdaClient(server.url);
    await createFunction(lambda, node("left", "export const handler = async () => 1;"));
    await invoke(lambda, "left");
    const tree = processTree(server.pid);
    expect(tree.length).toBeGreaterThan(1);
    expect(await server.stop("SIGTERM")).toBe(0);
    expect(tree.filter(alive)).toEqual([]);
    expect(existsSync(server.kubeconfig)).toBe(false);
  });

  test("fifty execution environments that are busy end within the grace", async () => {
    await using server = await startServer({ environment: { FAKECLOUD_SHUTDOWN_GRACE_SECONDS: "10" } });
    const lambda = lambdaClient(server.url);
    const waits = "import time\ndef handler(event, context):\n    time.sleep(600)\n";
    await createFunction(lambda, {
      ...{ name: "waits", runtime: "python3.13", handler: "app.handler", files: { "app.py": waits } },
      timeout: 600,
    });
    const calls = Array.from({ length: 50 }, () => invoke(lambda, "waits").catch(() => undefined));
    const busy = async (): Promise<number> =>
      (await environmentsOf(server)).filter(({ state }) => state === "busy").length;
    await expect.poll(busy, { timeout: 60_000, interval: 250 }).toBe(50);
    const tree = processTree(server.pid);
    expect(await server.stop("SIGTERM")).toBe(0);
    expect(tree.filter(alive)).toEqual([]);
    await Promise.all(calls);
  });

  test("kill -9 leaves no process behind within two seconds", async () => {
    await using server = await startServer();
    const lambda = lambdaClient(server.url);
    const elasticache = elastiCacheClient(server.url);
    await createFunction(
      lambda,
      node(
        "orphan",
        "import { spawn } from 'node:child_process'; export const handler = async () => { spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }); };",
      ),
    );
    await invoke(lambda, "orphan");
    await elasticache.send(
      new CreateCacheClusterCommand({
        CacheClusterId: "orphan",
        Engine: "redis",
        CacheNodeType: "cache.t3.micro",
        NumCacheNodes: 1,
      }),
    );
    await waitUntilCacheClusterAvailable({ client: elasticache, ...quickly }, { CacheClusterId: "orphan" });
    const tree = processTree(server.pid);
    expect(tree.length).toBeGreaterThan(3);
    await server.stop("SIGKILL");
    await expect.poll(() => tree.filter(alive), { timeout: 2_000, interval: 50 }).toEqual([]);
  });

  test("two servers run side by side and know nothing of each other", async () => {
    await using first = await startServer();
    await using second = await startServer();
    await createFunction(lambdaClient(first.url), node("mine", "export const handler = async () => 'first';"));
    await expect(invoke(lambdaClient(second.url), "mine")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await second.stop("SIGKILL");
    expect((await invoke(lambdaClient(first.url), "mine")).payload).toBe("first");
  });
});

describe("settings", () => {
  test("every problem is listed at once, and the exit code says that the settings are at fault", async () => {
    const { code, stderr } = await runServer(["--account-id", "12", "--isolation", "strong"], {
      FAKECLOUD_ADDR: "nowhere",
      FAKECLOUD_REGION: "mars",
    });
    expect(code).toBe(2);
    for (const setting of [
      "FAKECLOUD_ADDR=nowhere",
      "FAKECLOUD_REGION=mars",
      "FAKECLOUD_ACCOUNT_ID=12",
      "FAKECLOUD_LOCAL_ISOLATION=strong",
    ]) {
      expect(stderr).toContain(`${setting} is not understood: expected`);
    }
  });

  test("an unknown setting warns with the nearest name, and the server starts", async () => {
    await using server = await startServer({ environment: { FAKECLOUD_REGIO: "eu-west-1" } });
    expect(server.output().stderr).toContain(
      "FAKECLOUD_REGIO is not a setting and has no effect; did you mean FAKECLOUD_REGION?",
    );
  });

  test("docker is refused by name with what to use instead", async () => {
    const { code, stderr } = await runServer(["--backend", "docker"]);
    expect(code).toBe(2);
    expect(stderr).toContain("use local (embedded Kubernetes, the default), k8s");
  });

  test("an address in use is named", async () => {
    await using server = await startServer();
    const { code, stderr } = await runServer(["--addr", `127.0.0.1:${server.port}`]);
    expect(code).toBe(2);
    expect(stderr).toContain(`Cannot listen on 127.0.0.1:${server.port}: another program listens there`);
  });

  test("--help shows every setting and --version the version", async () => {
    expect((await runServer(["--help"])).stdout).toContain("--addr, FAKECLOUD_ADDR");
    expect((await runServer(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("administration", () => {
  test("health, readiness, reset and unknown routes answer as documented", async () => {
    await using server = await startServer();
    const call = async (method: string, path: string): Promise<{ status: number; body: unknown }> => {
      const answer = await fetch(server.url + path, { method });
      return { status: answer.status, body: await answer.json() };
    };
    expect(await call("GET", "/_fakecloud/health")).toEqual({
      status: 200,
      body: { status: "ok", version: expect.any(String), services: ["elasticache", "lambda"] },
    });
    expect(await call("GET", "/_fakecloud/ready")).toMatchObject({ status: 200, body: { ready: true } });
    const lambda = lambdaClient(server.url);
    await createFunction(lambda, node("reset", "export const handler = async () => 1;"));
    await invoke(lambda, "reset");
    expect(await call("POST", "/_fakecloud/reset/lambda")).toEqual({ status: 200, body: { reset: "lambda" } });
    expect(await call("GET", "/_fakecloud/lambda/warm-containers")).toEqual({ status: 200, body: { containers: [] } });
    await expect(invoke(lambda, "reset")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    expect(await call("POST", "/_reset")).toEqual({ status: 200, body: { status: "ok" } });
    expect((await call("POST", "/_fakecloud/reset/s3")).status).toBe(404);
    expect((await call("GET", "/_reset")).status).toBe(405);
  });

  test("with an admin token, only who has it may reset", async () => {
    await using server = await startServer({ environment: { FAKECLOUD_ADMIN_TOKEN: "very-secret" } });
    const reset = (headers: Record<string, string>) => fetch(`${server.url}/_reset`, { method: "POST", headers });
    expect((await reset({})).status).toBe(401);
    expect((await reset({ authorization: "Bearer very-secret" })).status).toBe(200);
    expect((await fetch(`${server.url}/_fakecloud/health`)).status).toBe(200);
  });
});
