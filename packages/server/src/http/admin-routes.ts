import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { RecordStore } from "@fc/core";
import type { ElastiCache } from "@fc/elasticache";
import type { Lambda } from "@fc/lambda";
import type { ServerMetrics } from "../metrics/server-metrics.ts";
import { sendJson } from "./json.ts";
import { readinessOf } from "./readiness.ts";

export interface AdminOptions {
  readonly lambda: Lambda;
  readonly elasticache: ElastiCache;
  readonly records: RecordStore;
  readonly metrics: Pick<ServerMetrics, "render">;
  readonly podReach?: { readonly problem: string | undefined } | undefined;
  readonly version: string;
  readonly adminToken: string | undefined;
  /** Serves the RDB that a starting cache Pod fetches, when the backend stages any. */
  readonly stagedRdb?: ((id: string, token: string) => AsyncIterable<Uint8Array> | undefined) | undefined;
}

interface Route {
  readonly method: "GET" | "POST";
  /** Path segments; `*` takes any one segment. */
  readonly path: readonly string[];
  /** Open routes are needed by probes, or carry a token of their own. */
  readonly open?: true;
  readonly run: (call: {
    readonly response: ServerResponse;
    readonly request: IncomingMessage;
    readonly args: readonly string[];
  }) => Promise<void> | void;
}

/** `/_reset`, `/metrics` and everything below `/_fakecloud/`. */
export function createAdminRoutes(options: AdminOptions): {
  readonly accepts: (path: string) => boolean;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
} {
  const routes = [
    ...healthRoutes(options),
    ...metricsRoutes(options),
    ...resetRoutes(options),
    ...lambdaRoutes(options),
    ...cacheRoutes(options),
  ];
  return {
    accepts: (path) => path === "/_reset" || path === "/metrics" || path.startsWith("/_fakecloud/"),
    handle: async (request, response) => {
      const segments = pathOf(request).split("/").slice(1).map(decodeSegment);
      const matching = routes.filter((route) => matches(route.path, segments));
      const route = matching.find((candidate) => candidate.method === request.method);
      if (route === undefined) {
        const status = matching.length > 0 ? 405 : 404;
        return sendJson(response, status, {
          error: `${request.method} ${pathOf(request)} is not a route of this server`,
        });
      }
      if (request.method === "POST" && request.headers["sec-fetch-site"] === "cross-site") {
        return sendJson(response, 403, { error: "Requests from other web sites are refused" });
      }
      if (route.open !== true && !authorised(request, options.adminToken)) {
        return sendJson(response, 401, { error: "This route needs Authorization: Bearer <FAKECLOUD_ADMIN_TOKEN>" });
      }
      await route.run({ request, response, args: segments.filter((_, index) => route.path[index] === "*") });
    },
  };
}

function healthRoutes({ version, ...parts }: AdminOptions): Route[] {
  return [
    {
      method: "GET",
      path: ["_fakecloud", "health"],
      open: true,
      run: ({ response }) => sendJson(response, 200, { status: "ok", version, services: ["elasticache", "lambda"] }),
    },
    {
      method: "GET",
      path: ["_fakecloud", "ready"],
      open: true,
      run: async ({ response }) => {
        const readiness = await readinessOf(parts);
        sendJson(response, readiness.ready ? 200 : 503, readiness);
      },
    },
  ];
}

function metricsRoutes({ metrics }: AdminOptions): Route[] {
  // Where Prometheus looks when nobody tells it otherwise, and beside the other routes.
  return [["metrics"], ["_fakecloud", "metrics"]].map((path) => ({
    method: "GET",
    path,
    run: async ({ response }) => {
      const { contentType, text } = await metrics.render();
      response.writeHead(200, { "content-type": contentType, "content-length": Buffer.byteLength(text) });
      response.end(text);
    },
  }));
}

function resetRoutes({ lambda, elasticache }: AdminOptions): Route[] {
  const services: Record<string, Lambda | ElastiCache> = { lambda, elasticache };
  const resetOne = async (response: ServerResponse, name: string, account: string | undefined): Promise<void> => {
    const service = Object.hasOwn(services, name) ? services[name] : undefined;
    if (service === undefined) {
      return sendJson(response, 404, {
        error: `There is no service "${name}"; there are ${Object.keys(services).join(", ")}`,
      });
    }
    await service.reset(account === undefined ? {} : { account });
    sendJson(response, 200, { reset: name });
  };
  return [
    {
      method: "POST",
      path: ["_reset"],
      run: async ({ response }) => {
        await Promise.all([lambda.reset(), elasticache.reset()]);
        sendJson(response, 200, { status: "ok" });
      },
    },
    {
      method: "POST",
      path: ["_fakecloud", "reset", "*"],
      run: ({ response, args: [name = ""] }) => resetOne(response, name, undefined),
    },
    {
      method: "POST",
      path: ["_fakecloud", "reset", "*", "*"],
      run: ({ response, args: [name = "", account] }) => resetOne(response, name, account),
    },
  ];
}

function lambdaRoutes({ lambda }: AdminOptions): Route[] {
  return [
    {
      method: "GET",
      path: ["_fakecloud", "lambda", "warm-containers"],
      run: ({ response }) => {
        const containers = lambda.environments().map(({ handle, ...row }) => ({
          ...row,
          ...(handle?.kind === "pod"
            ? { podName: handle.name, namespace: handle.namespace }
            : { containerId: handle?.id }),
        }));
        sendJson(response, 200, { containers });
      },
    },
    {
      method: "GET",
      path: ["_fakecloud", "lambda", "pools"],
      run: ({ response }) => sendJson(response, 200, { pools: lambda.pools() }),
    },
    {
      method: "POST",
      path: ["_fakecloud", "lambda", "*", "evict-container"],
      run: async ({ response, args: [name = ""] }) => sendJson(response, 200, { evicted: await lambda.evict(name) }),
    },
    {
      method: "GET",
      path: ["_fakecloud", "lambda", "download", "*"],
      open: true,
      run: async ({ response, args: [token = ""] }) => {
        const found = await lambda.download(token);
        if (found === undefined)
          return sendJson(response, 404, {
            error: "This download does not exist or has expired; call the operation again",
          });
        response.writeHead(200, { "content-type": found.contentType, "content-length": found.sizeBytes });
        await pipeline(Readable.from(found.content, { objectMode: false }), response);
      },
    },
  ];
}

function cacheRoutes({ elasticache, stagedRdb }: AdminOptions): Route[] {
  const { introspect } = elasticache;
  const list = (name: string, read: () => unknown): Route => ({
    method: "GET",
    path: ["_fakecloud", "elasticache", name],
    run: ({ response }) => sendJson(response, 200, read()),
  });
  return [
    list("clusters", introspect.clusters),
    list("replication-groups", introspect.replicationGroups),
    list("serverless-caches", introspect.serverlessCaches),
    list("acls", introspect.acls),
    {
      method: "GET",
      path: ["_fakecloud", "elasticache", "certificate-authority"],
      // What is public by its nature, and needed by clients of caches.
      open: true,
      run: async ({ response }) => {
        const certificate = await introspect.certificateAuthority();
        if (certificate === undefined)
          return sendJson(response, 404, { error: "This cache backend has no certificate authority" });
        response.writeHead(200, { "content-type": "application/x-pem-file" });
        response.end(certificate);
      },
    },
    {
      method: "GET",
      path: ["_fakecloud", "elasticache", "_internal", "rdb", "*"],
      open: true,
      run: async ({ request, response, args: [id = ""] }) => {
        const content = stagedRdb?.(id, bearerOf(request) ?? "");
        if (content === undefined)
          return sendJson(response, 404, { error: "There is no such staged snapshot for this token" });
        response.writeHead(200, { "content-type": "application/octet-stream" });
        await pipeline(Readable.from(content, { objectMode: false }), response);
      },
    },
  ];
}

function matches(path: readonly string[], segments: readonly string[]): boolean {
  return path.length === segments.length && path.every((part, index) => part === "*" || part === segments[index]);
}

/** The path without its query. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?", 1)[0] ?? "/";
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function bearerOf(request: IncomingMessage): string | undefined {
  return /^bearer (\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
}

function authorised(request: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return true;
  const given = Buffer.from(bearerOf(request) ?? "");
  const wanted = Buffer.from(token);
  return given.byteLength === wanted.byteLength && timingSafeEqual(given, wanted);
}
