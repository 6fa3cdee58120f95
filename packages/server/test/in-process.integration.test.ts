import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createServer, type Server, type ServerOptions } from "../src/index.ts";
import { functionCode } from "./memory-server.ts";

const backends = fileURLToPath(new URL("memory-backends.ts", import.meta.url));

function start(environment: ServerOptions["environment"] = {}): Promise<Server> {
  return createServer({
    environment: { FAKECLOUD_LAMBDA_BACKEND: backends, FAKECLOUD_ELASTICACHE_BACKEND: backends, ...environment },
    listen: false,
  });
}

async function ask(server: Server, method: string, path: string, body?: object): Promise<Response> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return await server.handle(new Request(`${server.url}${path}`, { method, ...sent }));
}

async function createFunction(server: Server, FunctionName: string): Promise<string> {
  const config = { Runtime: "nodejs22.x", Handler: "index.handler", Role: "arn:aws:iam::123456789012:role/r" };
  const create = { FunctionName, ...config, Code: { ZipFile: functionCode } };
  expect((await ask(server, "POST", "/2015-03-31/functions", create)).status).toBe(201);
  const state = async (): Promise<unknown> =>
    (await ask(server, "GET", `/2015-03-31/functions/${FunctionName}/configuration`)).json();
  await expect.poll(state).toMatchObject({ State: "Active" });
  const url = { AuthType: "NONE", InvokeMode: "RESPONSE_STREAM" };
  const made = await ask(server, "POST", `/2021-10-31/functions/${FunctionName}/url`, url);
  return ((await made.json()) as { readonly FunctionUrl: string }).FunctionUrl;
}

const listeners = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "TCPServerWrap").length;

test("a server without a listener answers AWS operations, its own routes and function URLs, with streams as they come", async () => {
  const before = listeners();
  await using server = await start();
  expect([listeners() - before, server.port]).toEqual([0, 0]);
  await createFunction(server, "f");
  const invoked = await ask(server, "POST", "/2015-03-31/functions/f/invocations", { n: 1 });
  expect([invoked.status, await invoked.json()]).toEqual([200, { n: 1 }]);
  const caches = await server.handle(
    new Request(server.url, {
      method: "POST",
      body: new URLSearchParams({ Action: "DescribeUsers", Version: "2015-02-02" }),
    }),
  );
  expect(await caches.text()).toContain("<UserId>default</UserId>");
  expect(await (await ask(server, "GET", "/_fakecloud/health")).json()).toMatchObject({ status: "ok" });
  const url = await createFunction(server, "streamed");
  expect(url).toMatch(/^http:\/\/[a-z0-9]{32}\.lambda-url\.us-east-1\.localhost\/$/);
  const streamed = await server.handle(new Request(url));
  expect([streamed.status, streamed.headers.getSetCookie()]).toEqual([201, ["a=1", "b=2"]]);
  const reader = streamed.body?.getReader();
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("first");
  await reader?.cancel();
  expect((await ask(server, "POST", "/_reset")).status).toBe(200);
  expect(server.lambda.environments()).toEqual([]);
});

test("what there is and what ran is told: functions, environments, invocations with their result and duration", async () => {
  await using server = await start();
  await createFunction(server, "f");
  const invoked = await ask(server, "POST", "/2015-03-31/functions/f/invocations", { n: 1 });
  const list = async (name: string): Promise<unknown> =>
    (await ask(server, "GET", `/_fakecloud/lambda/${name}`)).json();
  const home = { functionName: "f", account: "123456789012", region: "us-east-1", version: "$LATEST" };
  const containerId = expect.any(String);
  expect(await list("functions")).toMatchObject({ functions: [{ ...home, state: "Active", environments: 1 }] });
  expect(await list("warm-containers")).toMatchObject({
    containers: [{ ...home, containerId, state: "idle", ageSecs: expect.any(Number) }],
  });
  expect(await list("invocations")).toMatchObject({
    invocations: [
      {
        ...{ ...home, containerId, source: "request", result: "success", durationMs: expect.any(Number) },
        requestId: invoked.headers.get("x-amzn-requestid"),
      },
    ],
  });
  expect(await list("event-source-mappings")).toEqual({ eventSourceMappings: [] });
  await ask(server, "POST", "/_reset");
  expect([await list("functions"), await list("invocations")]).toEqual([{ functions: [] }, { invocations: [] }]);
});

test("two servers of a process know nothing of each other, and one goes on when the other is closed", async () => {
  await using one = await start();
  const other = await start({ FAKECLOUD_ADMIN_TOKEN: "secret-of-the-admin" });
  await createFunction(one, "f");
  expect(await (await ask(other, "GET", "/2015-03-31/functions")).json()).toEqual({ Functions: [] });
  for (const path of ["/_reset", "/_fakecloud/reset/lambda", "/_fakecloud/lambda/f/evict-container"])
    expect([path, (await ask(other, "POST", path)).status]).toEqual([path, 401]);
  await other[Symbol.asyncDispose]();
  await expect(ask(other, "GET", "/_fakecloud/health")).rejects.toMatchObject({ code: "FC_SERVER_CLOSED" });
  expect(await (await ask(one, "GET", "/2015-03-31/functions")).json()).toMatchObject({
    Functions: [{ FunctionName: "f" }],
  });
});

test("a request that was given up rejects, and the function runs on", async () => {
  await using server = await start();
  const url = await createFunction(server, "f");
  const signal = AbortSignal.abort(new Error("given up"));
  await expect(server.handle(new Request(url, { signal }))).rejects.toThrow("given up");
});

test("a cluster whose Pods could not reach it is refused", async () => {
  const refused = start({ FAKECLOUD_LAMBDA_BACKEND: "k8s" });
  await expect(refused).rejects.toMatchObject({ code: "FC_SERVER_LISTENER_NEEDED" });
});

test("init hooks, which could not reach it, are refused before anything is started", async () => {
  const refused = start({ FAKECLOUD_INIT_DIR: ".", FAKECLOUD_LAMBDA_BACKEND: "./absent.js" });
  await expect(refused).rejects.toMatchObject({ code: "FC_SERVER_LISTENER_NEEDED" });
});
