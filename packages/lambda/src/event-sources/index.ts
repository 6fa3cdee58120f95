/**
 * What feeds event source mappings, takes the results of invocations and holds zips of code: types and their error, nothing else.
 *
 * @packageDocumentation
 */
export type { CodeLocation, CodeObject, CodeObjects } from "./code-objects.ts";
export type { DestinationCall, DestinationMessage, EventDestinations } from "./event-destinations.ts";
export { EventSourceError, type EventSourceErrorCode } from "./event-source-error.ts";
export type { EventSources } from "./event-sources.ts";
export type { LogDestination, LogEvent, LogLimits, LogStreamId } from "./log-destination.ts";
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
