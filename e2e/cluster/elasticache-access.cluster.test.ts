import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cacheAccessTests } from "../lib/cache-access.ts";
import { cacheIamTests } from "../lib/cache-iam.ts";
import { elastiCacheClient } from "../lib/clients.ts";
import { createNamespace, kubectl, startServerOnCluster } from "../lib/server-on-cluster.ts";
import type { ServerProcess } from "../lib/server-process.ts";

const namespace = `fc-e2e-${randomBytes(4).toString("hex")}`;

describe("access to caches on a real cluster", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    await createNamespace(namespace);
    server = await startServerOnCluster(namespace, {
      // The image with Node.js that a cluster for the tests of functions has.
      FAKECLOUD_ELASTICACHE_K8S_IMAGE_PROXY: "public.ecr.aws/lambda/nodejs:22",
      FAKECLOUD_VERIFY_SIGV4: "true",
    });
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await kubectl("delete", "namespace", namespace, "--wait=false");
  });

  const ground = () => ({ client: elastiCacheClient(server.url), url: server.url });
  cacheAccessTests(ground);
  cacheIamTests(ground);

  test("no Pod, Service or event has a secret in it", async () => {
    const seen = await kubectl("get", "pods,services,events", "-n", namespace, "-o", "yaml");
    expect(seen).toContain("fakecloud-ec-users-");
    expect(seen).not.toMatch(/token-of-all|password-of-the-app|PRIVATE KEY|masterauth|X-Amz-Signature=[0-9a-f]/);
  });
});
