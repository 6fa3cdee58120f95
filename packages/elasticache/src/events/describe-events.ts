import { invalidCombination, invalidValue } from "../errors.ts";
import type { Operation } from "../operation.ts";
import { lookup } from "../requests/identifiers.ts";
import { page } from "../requests/paging.ts";
import { eventRetentionMs } from "./event-log.ts";

/** AWS DescribeEvents: the last hour unless told otherwise, oldest first. */
export const describeEvents: Operation<"DescribeEvents"> = (plane, input, context) => {
  const sourceId = lookup(input.SourceIdentifier);
  if (sourceId !== undefined && input.SourceType === undefined)
    throw invalidCombination("SourceType must be provided when SourceIdentifier is.");
  const minutes = input.Duration;
  if (minutes !== undefined && (!Number.isInteger(minutes) || minutes < 1 || minutes * 60_000 > eventRetentionMs))
    throw invalidValue(
      `The parameter Duration must be between 1 and ${eventRetentionMs / 60_000} minutes, and is ${minutes}.`,
    );
  if (minutes !== undefined && (input.StartTime !== undefined || input.EndTime !== undefined))
    throw invalidCombination("Duration cannot be used with StartTime or EndTime.");
  const end = input.EndTime?.getTime() ?? plane.clock.now();
  const start = input.StartTime?.getTime() ?? end - (minutes ?? 60) * 60_000;
  if (start > end) throw invalidCombination("StartTime must not be later than EndTime.");
  const found = plane.events
    .list(context)
    .filter((event) => event.atMs >= start && event.atMs <= end)
    .filter((event) => input.SourceType === undefined || event.source === input.SourceType)
    .filter((event) => sourceId === undefined || event.sourceId === sourceId);
  const { items, marker } = page(found, (event) => event.id, input);
  return {
    Marker: marker,
    Events: items.map((event) => ({
      SourceIdentifier: event.sourceId,
      SourceType: event.source,
      Message: event.message,
      Date: new Date(event.atMs),
    })),
  };
};
