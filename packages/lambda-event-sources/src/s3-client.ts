import type { S3Client } from "@aws-sdk/client-s3";
import type { Clients } from "./clients.ts";

export type S3Sdk = typeof import("@aws-sdk/client-s3");

/**
 * The client for a region; emulators are asked with the bucket in the path.
 * @param name of what is to be reached, for the error
 */
export async function s3For(
  clients: Clients,
  region: string,
  name: string,
): Promise<{ readonly client: S3Client; readonly sdk: S3Sdk }> {
  const sdk = await import("@aws-sdk/client-s3");
  const make = (config: ConstructorParameters<S3Sdk["S3Client"]>[0] & object): S3Client =>
    new sdk.S3Client({ ...config, forcePathStyle: config.endpoint !== undefined });
  return { client: await clients.at("s3", region, name, make), sdk };
}
