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
}

export interface AwsHttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** What was asked for, where that is known; it is not sent. */
  readonly operation?: string | undefined;
  /** Absent: no body at all (204). A stream is sent as it comes. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
}
