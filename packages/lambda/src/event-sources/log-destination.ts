/**
 * Where the logs of functions are shipped to. Batches within the limits, retries, bounded memory and what is dropped are the service's
 * own. `@fc/lambda-event-sources` does it with CloudWatch Logs.
 */
export interface LogDestination extends AsyncDisposable {
  readonly specificationVersion: "v1";
  readonly limits: LogLimits;
  /**
   * Writes events to a stream, which it makes, with its group, when they are not there. Events are in the order of their time.
   * @throws EventSourceError; when it is `retryable`, nothing of this batch was written
   */
  put(stream: LogStreamId, events: readonly LogEvent[], options: { readonly signal: AbortSignal }): Promise<void>;
}

/** What one call of {@link LogDestination.put} may hold. */
export interface LogLimits {
  readonly events: number;
  /** Of all messages in UTF-8, with {@link overheadBytes} for each. */
  readonly bytes: number;
  readonly overheadBytes: number;
  /** Of one message, with its overhead; a longer one is cut. */
  readonly eventBytes: number;
  /** Milliseconds between the first and the last event. */
  readonly spanMs: number;
}

/** One environment's stream in its function's group. */
export interface LogStreamId {
  readonly account: string;
  readonly region: string;
  readonly group: string;
  /** `2026/11/24/[$LATEST]<32 hexadecimal digits>` */
  readonly name: string;
}

export interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  readonly message: string;
}
