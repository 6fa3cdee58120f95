import { Readable } from "node:stream";
import type { CodeLocation, CodeObjects } from "../event-sources/code-objects.ts";
import { EventSourceError } from "../event-sources/event-source-error.ts";

/** {@link CodeObjects} of a test: zips by `bucket/key`, or by `bucket/key?versionId=version`. */
export interface MemoryCodeObjects extends CodeObjects {
  /** What was asked for. */
  readonly opened: readonly CodeLocation[];
  /** How many bytes were read so far. */
  readonly bytesRead: number;
  /** Makes every call fail until it is unset. */
  failure: Error | undefined;
}

/** Objects for tests; they come in chunks of 1 KiB. */
export function memoryCodeObjects(objects: Readonly<Record<string, Uint8Array>>): MemoryCodeObjects {
  const opened: CodeLocation[] = [];
  let bytesRead = 0;
  const all: MemoryCodeObjects = {
    specificationVersion: "v1",
    opened,
    failure: undefined,
    get bytesRead() {
      return bytesRead;
    },
    open: (location) => {
      opened.push(location);
      if (all.failure !== undefined) return Promise.reject(all.failure);
      const { bucket, key, objectVersion } = location;
      const bytes = objects[`${bucket}/${key}${objectVersion === undefined ? "" : `?versionId=${objectVersion}`}`];
      if (bytes === undefined) return Promise.reject(missing(Object.keys(objects), location));
      return Promise.resolve({
        sizeBytes: bytes.byteLength,
        content: Readable.from(
          (function* () {
            for (let at = 0; at < bytes.byteLength; at += 1_024) {
              const chunk = bytes.subarray(at, at + 1_024);
              bytesRead += chunk.byteLength;
              yield chunk;
            }
          })(),
        ),
      });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return all;
}

function missing(names: readonly string[], { bucket }: CodeLocation): EventSourceError {
  const [s3Code, message] = names.some((name) => name.startsWith(`${bucket}/`))
    ? ["NoSuchKey", "The specified key does not exist."]
    : ["NoSuchBucket", "The specified bucket does not exist"];
  return new EventSourceError("FC_EVENT_SOURCE_NOT_FOUND", message, { fault: "user", details: { s3Code } });
}
