import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cacheAccessTests } from "./lib/cache-access.ts";
import { cacheIamTests } from "./lib/cache-iam.ts";
import { elastiCacheClient } from "./lib/clients.ts";
import { type ServerProcess, startServer } from "./lib/server-process.ts";

describe("access to caches", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer({ args: ["--verify-sigv4"] });
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const ground = () => ({ client: elastiCacheClient(server.url), url: server.url });
  cacheAccessTests(ground);
  cacheIamTests(ground);

  test("the server has written no secret", () => {
    const { stdout, stderr } = server.output();
    expect(stdout + stderr).not.toMatch(/token-of-all|password-of-the-app|X-Amz-Signature|PRIVATE KEY/);
  });
});
