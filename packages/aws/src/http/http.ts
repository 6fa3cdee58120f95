/** An HTTP request as the protocols see it: no socket, no framework. */
export interface AwsHttpRequest {
  readonly method: string;
  /** Raw request target as received: path and query, still percent-encoded. */
  readonly target: string;
  /** Lower-case names. Repeated headers are joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  /** What is known of the client's connection; absent when there is none, as in the same process. */
  readonly connection?: HttpConnection | undefined;
}

export interface HttpConnection {
  /** The client's address. */
  readonly address: string;
  /** The port that it reached. */
  readonly port: number;
  /** Whether it came by TLS. Default: false. */
  readonly encrypted?: boolean;
  /** `1.1` */
  readonly httpVersion: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
}

export interface AwsHttpResponse {
  readonly status: number;
  /** A list is sent as a header for each of its values. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** What was asked for, where that is known; it is not sent. */
  readonly operation?: string | undefined;
  /** Absent: no body at all (204). A stream is sent as it comes. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
}
