import type { Home } from "../names/arn.ts";

/** A function URL of `$LATEST` or of an alias. */
export interface UrlRecord extends Home {
  readonly functionName: string;
  /** The alias; absent for `$LATEST`. */
  readonly qualifier?: string;
  /** The first label of the URL's host. */
  readonly urlId: string;
  readonly authType: "NONE" | "AWS_IAM";
  readonly invokeMode: "BUFFERED" | "RESPONSE_STREAM";
  readonly cors?: CorsRecord;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export interface CorsRecord {
  readonly allowCredentials?: boolean;
  readonly allowHeaders?: readonly string[];
  readonly allowMethods?: readonly string[];
  readonly allowOrigins?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  readonly maxAgeSeconds?: number;
}
