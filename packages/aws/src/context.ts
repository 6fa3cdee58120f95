/** What a handler knows about the request beside its input. */
export interface RequestContext {
  /** Twelve digits. State is kept per (account, region). */
  readonly account: string;
  readonly region: string;
  /** The key that signed, or undefined for an unsigned request. */
  readonly accessKeyId: string | undefined;
  /** Sent back as `x-amzn-requestid`. */
  readonly requestId: string;
  /** Scheme and authority by which the client reached the server: the base of URLs in answers. */
  readonly endpoint: string;
  /** `X-Amzn-Trace-Id` as the client sent it. */
  readonly traceHeader?: string | undefined;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}
