import { afterAll, beforeAll, describe } from "vitest";
import { elastiCacheClient } from "./lib/clients.ts";
import { execProgram } from "./lib/programs.ts";
import { type ServerProcess, startServer } from "./lib/server-process.ts";
import { serverlessCacheTests } from "./lib/serverless-caches.ts";

describe("serverless caches", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const kubectl = (...args: string[]): Promise<string> =>
    execProgram("kubectl", args, { ...(process.env as Record<string, string>), KUBECONFIG: server.kubeconfig });

  serverlessCacheTests(() => ({
    client: elastiCacheClient(server.url),
    url: server.url,
    pods: async (selector) => (await kubectl("get", "pods", "-l", selector, "-o", "name")).split("\n").filter(Boolean),
    deletePod: (name) => kubectl("delete", name, "--wait=false"),
  }));
});
