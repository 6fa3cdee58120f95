import type { S3Client } from "@aws-sdk/client-s3";
import type { ClientConfig, Clients } from "./clients.ts";

export type S3Sdk = typeof import("@aws-sdk/client-s3");

/** A client of S3, and the commands for it, loaded on use. */
export interface ReachedS3 {
  readonly client: S3Client;
  readonly sdk: S3Sdk;
}

/**
 * S3 in a region; emulators are asked with the bucket in the path.
 * @param name of what is to be reached, for the error
 * @throws EventSourceError `FC_EVENT_SOURCE_NOT_CONFIGURED` without an endpoint
 */
export async function s3For(clients: Clients, region: string, name: string): Promise<ReachedS3> {
  const sdk = await import("@aws-sdk/client-s3");
  const make = (config: ClientConfig): S3Client =>
    new sdk.S3Client({ ...config, forcePathStyle: config.endpoint !== undefined });
  return { client: await clients.at("s3", region, name, make), sdk };
}
