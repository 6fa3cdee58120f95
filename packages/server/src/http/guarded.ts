import type { AwsHttpRequest, AwsHttpResponse } from "@fc/aws";
import { errorText, FcError, type Logger } from "@fc/core";
import type { Handle } from "./handle.ts";
import { jsonAnswer } from "./json.ts";
import { pathOf } from "./path-of.ts";

/** Runs a handler so that its failure ends its own request and nothing else. Rejects only when the client went away. */
export function guarded(handle: Handle, logger: Logger): (request: AwsHttpRequest) => Promise<AwsHttpResponse> {
  return async (request) => {
    try {
      return await handle(request);
    } catch (error) {
      if (request.signal.aborted) throw error;
      logger.error({ method: request.method, path: pathOf(request), error: errorText(error) }, "request failed");
      return jsonAnswer(500, { error: FcError.isInstance(error) ? error.code : "internal error" });
    }
  };
}
