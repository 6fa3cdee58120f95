import type { RuntimeApi } from "@fc/lambda/runtime-api";
import { version } from "../version.ts";
import { pathOf } from "./admin-routes.ts";
import type { Handle } from "./handle.ts";
import { sendJson } from "./json.ts";

/** Routes of the listener that only Pods use: the Runtime API, and the snapshots that starting caches fetch. */
export function internalRoutes(runtimeApi: RuntimeApi): {
  readonly handle: Handle;
  readonly open: (admin: Handle) => void;
} {
  let admin: Handle | undefined;
  return {
    open: (handle) => {
      admin = handle;
    },
    handle: (request, response) => {
      if (runtimeApi.accepts(request)) return runtimeApi.handle(request, response);
      if (pathOf(request) === "/_fakecloud/health") return sendJson(response, 200, { status: "ok", version });
      if (admin !== undefined && pathOf(request).startsWith("/_fakecloud/elasticache/_internal/"))
        return admin(request, response);
      sendJson(response, 404, { error: "This listener serves Pods only" });
    },
  };
}
