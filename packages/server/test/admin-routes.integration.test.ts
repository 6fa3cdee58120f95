import { once } from "node:events";
import { request } from "node:http";
import { createNodeHandler } from "@fc/aws";
import { createMemoryRecordStore, FcError, type RecordStore, silentLogger } from "@fc/core";
import { createElastiCache } from "@fc/elasticache";
import type { CacheBackend } from "@fc/elasticache/backend";
import { createMemoryBlobStore as cacheBlobs, createMemoryCacheBackend } from "@fc/elasticache/testing";
import { createLambda } from "@fc/lambda";
import type { LambdaBackend } from "@fc/lambda/backend";
import { createMemoryBlobStore, memoryBackend } from "@fc/lambda/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createAdminRoutes } from "../src/http/admin/admin-routes.ts";
import { type Listener, listen } from "../src/http/listener.ts";
import { createServerMetrics } from "../src/metrics/server-metrics.ts";

let listener: Listener;
let isFull: boolean;
let functions: LambdaBackend;
let caches: CacheBackend;
const staged = new Map([["one/secret", Buffer.from("REDIS0011")]]);

/** As the SQLite store does when the disk is full: what there is can be read. */
function filling(records: RecordStore): RecordStore {
  return {
    transaction: (work) => records.transaction(work),
    collection: (name) => ({
      ...records.collection(name),
      set: (key, value) => {
        if (isFull) throw new FcError("FC_STORAGE_FULL", "the disk is full");
        records.collection(name).set(key, value);
      },
    }),
  };
}

beforeEach(async () => {
  isFull = false;
  const records = filling(createMemoryRecordStore());
  functions = memoryBackend({ handlers: {} });
  caches = createMemoryCacheBackend({ blobs: cacheBlobs() });
  const admin = createAdminRoutes({
    lambda: createLambda({ backend: functions, records, blobs: createMemoryBlobStore() }),
    elasticache: createElastiCache({ backend: caches, records, blobs: cacheBlobs() }),
    records,
    metrics: createServerMetrics(),
    version: "1.2.3",
    adminToken: undefined,
    iamPassword: async (nodeKey, token) => (token === "secret" ? `of ${nodeKey}` : undefined),
    logger: silentLogger,
    stagedRdb: (id, token) => {
      const bytes = staged.get(`${id}/${token}`);
      return bytes === undefined
        ? undefined
        : (async function* () {
            yield bytes;
          })();
    },
  });
  listener = await listen({
    host: "127.0.0.1",
    port: 0,
    handle: createNodeHandler((incoming) => admin.handle(incoming)),
  });
});
afterEach(() => listener[Symbol.asyncDispose]());

async function call(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = "",
): Promise<{ status: number; text: string }> {
  const sent = request({ host: "127.0.0.1", port: listener.port, method, path, headers }).end(body);
  const [response] = await once(sent, "response");
  let text = "";
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, text };
}

describe("admin routes", () => {
  test("a staged snapshot goes to who has its token, and to nobody else", async () => {
    const path = "/_fakecloud/elasticache/_internal/rdb/one";
    expect(await call("GET", path, { authorization: "Bearer secret" })).toEqual({ status: 200, text: "REDIS0011" });
    expect((await call("GET", path, { authorization: "Bearer wrong" })).status).toBe(404);
    expect((await call("GET", path)).status).toBe(404);
  });

  test("no login of an IAM user is judged for who has no token of a node, and none is good of a node that is not there", async () => {
    const login = (authorization: string, body: string) =>
      call("POST", "/_fakecloud/elasticache/_internal/iam-login", { authorization }, body).then(({ status }) => status);
    const said = JSON.stringify({ nodeKey: "absent", user: "app", token: "g/?Action=connect&User=app" });
    expect(await login("Bearer wrong", said)).toBe(404);
    expect(await login("Bearer secret", said)).toBe(403);
    expect(await login("Bearer secret", "{}")).toBe(400);
    expect(await login("Bearer secret", "x".repeat(70_000))).toBe(400);
  });

  test("readiness tells how storage, functions with their queues, and caches stand", async () => {
    const ready = await call("GET", "/_fakecloud/ready");
    expect([ready.status, JSON.parse(ready.text)]).toMatchObject([
      200,
      {
        ready: true,
        storage: { ready: true },
        lambda: { ready: true, waiting: 0, events: 0 },
        elasticache: { ready: true },
      },
    ]);
    isFull = true;
    const full = await call("GET", "/_fakecloud/ready");
    expect([full.status, JSON.parse(full.text)]).toMatchObject([
      503,
      {
        ready: false,
        storage: { ready: false, detail: expect.stringContaining("the disk is full") },
        lambda: { ready: true },
      },
    ]);
    expect((await call("GET", "/_fakecloud/health")).status).toBe(200);
  });

  test("is not ready without what runs functions or caches, and lives on", async () => {
    const lost = { ready: false, detail: "no answer from the cluster" };
    for (const [service, backend] of Object.entries({ lambda: functions, elasticache: caches })) {
      const health = vi.spyOn(backend, "health").mockResolvedValue(lost);
      const { status, text } = await call("GET", "/_fakecloud/ready");
      expect([status, JSON.parse(text)]).toMatchObject([
        503,
        {
          ready: false,
          storage: { ready: true },
          [service]: { ready: false, detail: expect.stringContaining(lost.detail) },
        },
      ]);
      health.mockRestore();
    }
    expect((await call("GET", "/_fakecloud/ready")).status).toBe(200);
  });

  test("an unknown download token answers 404", async () => {
    expect((await call("GET", "/_fakecloud/lambda/download/none")).status).toBe(404);
  });

  test("a page of another site cannot reset", async () => {
    expect((await call("POST", "/_reset", { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await call("POST", "/_reset")).status).toBe(200);
  });

  test("a name that no service has answers 404 with the names there are, also when objects inherit it", async () => {
    expect((await call("POST", "/_fakecloud/reset/constructor")).text).toContain("lambda, elasticache");
    expect((await call("GET", "/_fakecloud/%zz")).status).toBe(404);
  });
});
