import { once } from "node:events";
import { request } from "node:http";
import { createMemoryRecordStore } from "@fc/core";
import { createElastiCache } from "@fc/elasticache";
import { createMemoryBlobStore as cacheBlobs, createMemoryCacheBackend } from "@fc/elasticache/testing";
import { createLambda } from "@fc/lambda";
import { createMemoryBlobStore, memoryBackend } from "@fc/lambda/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createAdminRoutes } from "../src/http/admin-routes.ts";
import { type Listener, listen } from "../src/http/listener.ts";

let listener: Listener;
const staged = new Map([["one/secret", Buffer.from("REDIS0011")]]);

beforeEach(async () => {
  const records = createMemoryRecordStore();
  const admin = createAdminRoutes({
    lambda: createLambda({ backend: memoryBackend({ handlers: {} }), records, blobs: createMemoryBlobStore() }),
    elasticache: createElastiCache({
      backend: createMemoryCacheBackend({ blobs: cacheBlobs() }),
      records,
      blobs: cacheBlobs(),
    }),
    version: "1.2.3",
    adminToken: undefined,
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
    handle: (incoming, response) => void admin.handle(incoming, response),
  });
});
afterEach(() => listener[Symbol.asyncDispose]());

async function call(
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  const sent = request({ host: "127.0.0.1", port: listener.port, method, path, headers }).end();
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
