import type { QueueSource } from "./queue-source.ts";
import type { StreamSource } from "./stream-source.ts";

/**
 * Where event source mappings read. Batching, filters, retries and checkpoints are the service's own; an implementation only
 * reads and acknowledges. `@fc/lambda-event-sources` does it with the AWS SDK; an embedder may give its own queues.
 */
export interface EventSources extends AsyncDisposable {
  readonly specificationVersion: "v1";
  /**
   * Opens the queue of an SQS ARN.
   * @throws EventSourceError `FC_EVENT_SOURCE_NOT_FOUND` when there is none
   */
  openQueue(arn: string, options: { readonly signal: AbortSignal }): Promise<QueueSource>;
  /**
   * Opens the stream of a Kinesis or DynamoDB Streams ARN.
   * @throws EventSourceError `FC_EVENT_SOURCE_NOT_FOUND` when there is none
   */
  openStream(arn: string, options: { readonly signal: AbortSignal }): Promise<StreamSource>;
}
