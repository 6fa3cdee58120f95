import type { IncomingMessage, ServerResponse } from "node:http";
import { errorText, FcError, type Logger } from "@fc/core";
import { pathOf } from "./admin-routes.ts";
import type { Handle } from "./handle.ts";
import { sendJson } from "./json.ts";

/** Runs a handler so that its failure ends its own request and nothing else. */
export function guarded(
  handler: (request: IncomingMessage) => Promise<Handle>,
  logger: Logger,
): { handle: (request: IncomingMessage, response: ServerResponse) => void } {
  const run = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      await (await handler(request))(request, response);
    } catch (error) {
      const aborted = request.destroyed || response.destroyed;
      if (!aborted)
        logger.error({ method: request.method, path: pathOf(request), error: errorText(error) }, "request failed");
      if (response.headersSent || aborted) response.destroy();
      else sendJson(response, 500, { error: FcError.isInstance(error) ? error.code : "internal error" });
    }
  };
  return { handle: (request, response) => void run(request, response) };
}
