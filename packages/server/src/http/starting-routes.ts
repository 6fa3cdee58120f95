import { version } from "../version.ts";
import type { Handle } from "./handle.ts";
import { jsonAnswer } from "./json.ts";
import { pathOf } from "./path-of.ts";

/**
 * Answers from the first moment on: probes learn at once that the process lives and is not ready, everything else waits until the server
 * is composed.
 */
export function handlerFromStart(composed: Promise<Handle>): Handle {
  let isComposed = false;
  void composed.then(() => {
    isComposed = true;
  });
  return async (request) => {
    const probe = isComposed || request.method !== "GET" ? undefined : probes[pathOf(request)];
    return await (probe ?? (await composed))(request);
  };
}

const probes: Readonly<Record<string, Handle>> = {
  "/_fakecloud/health": () => jsonAnswer(200, { status: "starting", version }),
  "/_fakecloud/ready": () =>
    jsonAnswer(503, { ready: false, detail: "The server is starting: it takes up what the last one left" }),
};
