import type { IncomingMessage } from "node:http";
import { version } from "../version.ts";
import { pathOf } from "./admin-routes.ts";
import type { Handle } from "./handle.ts";
import { sendJson } from "./json.ts";

/**
 * Who handles a request from the first moment on: probes learn at once that the process lives and is not ready, everything else waits until
 * the server is composed.
 */
export function handlerFromStart(composed: Promise<Handle>): (request: IncomingMessage) => Promise<Handle> {
  let isComposed = false;
  void composed.then(() => {
    isComposed = true;
  });
  return (request) => {
    const probe = isComposed || request.method !== "GET" ? undefined : probes[pathOf(request)];
    return probe === undefined ? composed : Promise.resolve(probe);
  };
}

const probes: Readonly<Record<string, Handle>> = {
  "/_fakecloud/health": (_request, response) => sendJson(response, 200, { status: "starting", version }),
  "/_fakecloud/ready": (_request, response) =>
    sendJson(response, 503, { ready: false, detail: "The server is starting: it takes up what the last one left" }),
};
