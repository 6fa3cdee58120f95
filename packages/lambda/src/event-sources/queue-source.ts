/** A queue with SQS's semantics: what is received is hidden for the visibility timeout and comes again unless it is deleted. */
export interface QueueSource {
  /** Seconds that a received message stays hidden. */
  readonly visibilityTimeoutSeconds: number;
  /**
   * Takes up to `maximum` (1 to 10) messages; waits up to `waitMs` for the first one, then gives what there is, or nothing. A FIFO
   * queue gives no message of a group while an earlier one is hidden. When `signal` aborts it rejects at once, and gives back
   * what it may still take.
   */
  receive(options: {
    readonly maximum: number;
    readonly waitMs: number;
    readonly signal: AbortSignal;
  }): Promise<readonly QueueMessage[]>;
  /** Removes messages that are done. Rejects when any of them could not be removed. */
  delete(messages: readonly QueueMessage[], options: { readonly signal: AbortSignal }): Promise<void>;
  /** Makes messages that were not processed visible at once. */
  release(messages: readonly QueueMessage[], options: { readonly signal: AbortSignal }): Promise<void>;
}

/** One message, with the members that the function's event shows. */
export interface QueueMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** `ApproximateReceiveCount`, `SentTimestamp`, `SenderId`, `ApproximateFirstReceiveTimestamp`; `MessageGroupId`… of FIFO queues. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, QueueMessageAttribute>>;
  readonly md5OfBody: string;
  readonly md5OfMessageAttributes?: string;
}

/** A message attribute as Lambda's event shows it. */
export interface QueueMessageAttribute {
  readonly dataType: string;
  readonly stringValue?: string;
  /** Base64. */
  readonly binaryValue?: string;
  readonly stringListValues: readonly string[];
  readonly binaryListValues: readonly string[];
}
