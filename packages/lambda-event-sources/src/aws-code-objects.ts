import { Readable } from "node:stream";
import type { S3Client } from "@aws-sdk/client-s3";
import { type CodeLocation, type CodeObject, type CodeObjects, EventSourceError } from "@fc/lambda/event-sources";
import { Clients } from "./clients.ts";
import { type S3Sdk, s3For } from "./s3-client.ts";
import { serviceFailure } from "./service-failure.ts";
import type { EventSourceSettings } from "./settings.ts";

/**
 * Function code from Amazon S3 over the AWS SDK, at the endpoint of the settings; emulators are asked with the bucket in the path.
 * Without an endpoint it is refused with an error that names the setting.
 */
export function createAwsCodeObjects(settings: EventSourceSettings): CodeObjects {
  const clients = new Clients(settings);
  return {
    specificationVersion: "v1",
    open: async (location, { signal }) => {
      const name = `s3://${location.bucket}/${location.key}`;
      const { client, sdk } = await s3For(clients, location.region, name);
      try {
        return await open(sdk, client, location, signal);
      } catch (error) {
        throw s3Failure(sdk, error) ?? serviceFailure(`reading ${name}`, error, signal);
      }
    },
    [Symbol.asyncDispose]: () => clients.close(),
  };
}

async function open(
  sdk: S3Sdk,
  client: S3Client,
  { bucket, key, objectVersion }: CodeLocation,
  abortSignal: AbortSignal,
): Promise<CodeObject> {
  const command = new sdk.GetObjectCommand({ Bucket: bucket, Key: key, VersionId: objectVersion });
  const { Body, ContentLength } = await client.send(command, { abortSignal });
  // In Node.js the body is a stream of bytes.
  const content = (Body ?? Readable.from([])) as Readable;
  // Its reader is told of what breaks; where nobody reads, that must not bring down the process.
  content.on("error", () => undefined);
  return { ...(ContentLength === undefined ? {} : { sizeBytes: ContentLength }), content };
}

/** What S3 itself answered, in its own words; undefined when it did not answer. */
function s3Failure(sdk: S3Sdk, error: unknown): EventSourceError | undefined {
  if (!(error instanceof sdk.S3ServiceException) || error.$metadata.httpStatusCode === undefined) return undefined;
  const absent = error.$metadata.httpStatusCode === 404;
  return new EventSourceError(absent ? "FC_EVENT_SOURCE_NOT_FOUND" : "FC_EVENT_SOURCE_FAILED", error.message, {
    fault: "user",
    details: { s3Code: error.name },
    cause: error,
  });
}
