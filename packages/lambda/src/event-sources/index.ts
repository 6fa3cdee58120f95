/**
 * What feeds event source mappings and takes the results of invocations: types and their error, nothing else.
 *
 * @packageDocumentation
 */
export type { DestinationMessage, EventDestinations } from "./event-destinations.ts";
export { EventSourceError, type EventSourceErrorCode } from "./event-source-error.ts";
export type { EventSources } from "./event-sources.ts";
export type { QueueMessage, QueueMessageAttribute, QueueSource } from "./queue-source.ts";
export type {
  DynamoDbRecord,
  KinesisRecord,
  Shard,
  ShardPosition,
  ShardReader,
  StreamRecord,
  StreamSource,
} from "./stream-source.ts";
