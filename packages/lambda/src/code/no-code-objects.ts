import type { CodeObjects } from "../event-sources/code-objects.ts";
import { EventSourceError } from "../event-sources/event-source-error.ts";

/** Stands in when the service was made without a way to read objects. */
export function noCodeObjects(): CodeObjects {
  return {
    specificationVersion: "v1",
    open: ({ bucket, key }) =>
      Promise.reject(
        new EventSourceError(
          "FC_EVENT_SOURCE_NOT_CONFIGURED",
          `s3://${bucket}/${key} cannot be read: this service was made without code objects (the option codeObjects of createLambda)`,
          { fault: "user" },
        ),
      ),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
