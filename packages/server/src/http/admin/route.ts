import type { AwsHttpRequest, AwsHttpResponse } from "@fc/aws";
import type { Logger, RecordStore } from "@fc/core";
import type { ElastiCache } from "@fc/elasticache";
import type { Lambda } from "@fc/lambda";
import type { ServerMetrics } from "../../metrics/server-metrics.ts";
import { jsonAnswer } from "../json.ts";

export interface AdminOptions {
  readonly lambda: Lambda;
  readonly elasticache: ElastiCache;
  readonly records: RecordStore;
  readonly metrics: Pick<ServerMetrics, "render">;
  readonly podReach?: { readonly problem: string | undefined } | undefined;
  /** The init hooks, where there are any. */
  readonly init?: { readonly running: string | undefined } | undefined;
  readonly version: string;
  readonly adminToken: string | undefined;
  readonly logger: Logger;
  /** Serves the RDB that a starting cache Pod fetches, when the backend stages any. */
  readonly stagedRdb?: ((id: string, token: string) => AsyncIterable<Uint8Array> | undefined) | undefined;
  /** What users with IAM authentication have for a password at the engine of a cache node, when the backend lets such users in. */
  readonly iamPassword?: ((nodeKey: string, token: string) => Promise<string | undefined>) | undefined;
}

export interface Route {
  readonly method: "GET" | "POST";
  /** Path segments; `*` takes any one segment. */
  readonly path: readonly string[];
  /** Open routes are needed by probes, or carry a token of their own. */
  readonly open?: true;
  readonly run: (call: {
    readonly request: AwsHttpRequest;
    readonly args: readonly string[];
  }) => Promise<AwsHttpResponse> | AwsHttpResponse;
}

/** A route that tells what a service has. */
export function listRoute(service: "lambda" | "elasticache", name: string, read: () => unknown): Route {
  return { method: "GET", path: ["_fakecloud", service, name], run: () => jsonAnswer(200, read()) };
}

/** The token of `Authorization: Bearer <token>`. */
export function bearerOf({ headers }: AwsHttpRequest): string | undefined {
  return /^bearer (\S+)$/i.exec(headers["authorization"] ?? "")?.[1];
}
