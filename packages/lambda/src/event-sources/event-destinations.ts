/**
 * Where results and failed events are sent: SQS queues, SNS topics, EventBridge buses, S3 buckets. Retries are the service's own.
 * `@fc/lambda-event-sources` does it with the AWS SDK.
 */
export interface EventDestinations extends AsyncDisposable {
  readonly specificationVersion: "v1";
  /**
   * Resolves when the destination is there.
   * @throws EventSourceError
   */
  check(arn: string, options: DestinationCall): Promise<void>;
  /** Sends one message; resolves when the destination has it. @throws EventSourceError */
  send(arn: string, message: DestinationMessage, options: DestinationCall): Promise<void>;
}

export interface DestinationCall {
  readonly signal: AbortSignal;
  /** The function's: the ARN of a bucket names none. */
  readonly region: string;
}

export interface DestinationMessage {
  readonly body: string;
  /** Message attributes of SQS and SNS. */
  readonly attributes?: Readonly<Record<string, { readonly type: "String" | "Number"; readonly value: string }>>;
  /** The key of the object that the body becomes in an S3 bucket. */
  readonly objectKey?: string;
  /** What an EventBridge event says beside its detail, which is the body. */
  readonly event?: { readonly source: string; readonly detailType: string; readonly resources: readonly string[] };
}
