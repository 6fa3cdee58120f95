import { timingSafeEqual } from "node:crypto";
import type { AwsHttpRequest, AwsHttpResponse } from "@fc/aws";
import { jsonAnswer } from "../json.ts";
import { pathOf } from "../path-of.ts";
import { cacheRoutes } from "./cache-routes.ts";
import { healthRoutes, metricsRoutes } from "./health-routes.ts";
import { lambdaRoutes } from "./lambda-routes.ts";
import { resetRoutes } from "./reset-routes.ts";
import { type AdminOptions, bearerOf } from "./route.ts";

/** `/_reset`, `/metrics` and everything below `/_fakecloud/`. */
export function createAdminRoutes(options: AdminOptions): {
  readonly accepts: (request: AwsHttpRequest) => boolean;
  readonly handle: (request: AwsHttpRequest) => Promise<AwsHttpResponse>;
  /** Answers only what is open: for the AWS endpoint, when the rest is at a listener of its own. */
  readonly handleOpen: (request: AwsHttpRequest) => Promise<AwsHttpResponse>;
} {
  const routes = [
    ...healthRoutes(options),
    ...metricsRoutes(options),
    ...resetRoutes(options),
    ...lambdaRoutes(options),
    ...cacheRoutes(options),
  ];
  const handle = async (request: AwsHttpRequest, onlyOpen: boolean): Promise<AwsHttpResponse> => {
    const segments = pathOf(request).split("/").slice(1).map(decodeSegment);
    const matching = routes.filter((route) => matches(route.path, segments));
    const route = matching.find((candidate) => candidate.method === request.method);
    if (onlyOpen && route?.open !== true)
      return jsonAnswer(404, { error: `${pathOf(request)} is not here: FAKECLOUD_ADMIN_ADDR says where it is` });
    if (route === undefined) {
      const status = matching.length > 0 ? 405 : 404;
      return jsonAnswer(status, { error: `${request.method} ${pathOf(request)} is not a route of this server` });
    }
    if (request.method === "POST" && request.headers["sec-fetch-site"] === "cross-site")
      return jsonAnswer(403, { error: "Requests from other web sites are refused" });
    if (route.open !== true && !authorised(request, options.adminToken))
      return jsonAnswer(401, { error: "This route needs Authorization: Bearer <FAKECLOUD_ADMIN_TOKEN>" });
    return await route.run({ request, args: segments.filter((_, index) => route.path[index] === "*") });
  };
  return {
    accepts: (request) => /^\/(_reset$|metrics$|_fakecloud\/)/.test(pathOf(request)),
    handle: (request) => handle(request, false),
    handleOpen: (request) => handle(request, true),
  };
}

function matches(path: readonly string[], segments: readonly string[]): boolean {
  return path.length === segments.length && path.every((part, index) => part === "*" || part === segments[index]);
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function authorised(request: AwsHttpRequest, token: string | undefined): boolean {
  if (token === undefined) return true;
  const given = Buffer.from(bearerOf(request) ?? "");
  const wanted = Buffer.from(token);
  return given.byteLength === wanted.byteLength && timingSafeEqual(given, wanted);
}
