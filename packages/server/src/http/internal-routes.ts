import { version } from "../version.ts";
import type { Handle } from "./handle.ts";
import { jsonAnswer } from "./json.ts";
import { pathOf } from "./path-of.ts";

/**
 * What the listener for Pods answers beside the Runtime API: the snapshots that starting caches fetch, and the logins of users with IAM
 * authentication. `others` is for a server without a listener for everybody that its Pods could use: their programs reach AWS here.
 */
export function internalRoutes(admin: Handle, others?: Handle): Handle {
  return (request) => {
    if (pathOf(request).startsWith("/_fakecloud/elasticache/_internal/")) return admin(request);
    if (others !== undefined) return others(request);
    if (pathOf(request) === "/_fakecloud/health") return jsonAnswer(200, { status: "ok", version });
    return jsonAnswer(404, { error: "This listener serves Pods only" });
  };
}
