import type { StreamRecord } from "../event-sources/stream-source.ts";

/** A record on its way through a shard. */
export interface StreamItem {
  readonly record: StreamRecord;
  readonly event: object;
  /** Of the event in JSON. */
  readonly bytes: number;
  readonly bufferedAt: number;
}
