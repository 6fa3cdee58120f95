import { deferred, errorText, withDeadline } from "@fc/core";
import { compileFilter } from "../event-filter/filter-pattern.ts";
import type { EventSources } from "../event-sources/event-sources.ts";
import { servingConfig } from "../invocation/function-spec-of.ts";
import { type InvocationTarget, invocationTarget } from "../invocation/invocation-target.ts";
import { functionArn } from "../names/arn.ts";
import type { LambdaParts } from "../parts.ts";
import { pauseAfterFailure } from "../polling/backoff.ts";
import { Checkpoints } from "../polling/checkpoints.ts";
import { failedBatchMessage } from "../polling/failed-batch.ts";
import { pollQueue } from "../polling/poll-queue.ts";
import { pollStream } from "../polling/poll-stream.ts";
import type { Polling, ProcessingResult } from "../polling/polling.ts";
import type { StreamPolling } from "../polling/stream-polling.ts";
import { keyOf } from "../state/lambda-records.ts";
import type { MappingRecord, StreamSettings } from "../state/mapping-records.ts";
import { invokeBatch } from "./invoke-batch.ts";

/** Milliseconds to open a source. */
const openTimeoutMs = 10_000;

/** Reads the source of one mapping. */
export interface MappingWorker {
  /** Resolves when the source was opened, or could not be for the first time: it is tried again. Never rejects. */
  readonly opened: Promise<void>;
  /** Takes nothing more; resolves when what runs is done. */
  stop(): Promise<void>;
}

export function startMappingWorker(parts: LambdaParts, sources: EventSources, mapping: MappingRecord): MappingWorker {
  const stop = new AbortController();
  const opened = deferred();
  const done = work(parts, sources, mapping, stop.signal, opened.resolve);
  return {
    opened: opened.promise,
    stop: () => {
      stop.abort(new Error(`The event source mapping ${mapping.id} is being stopped`));
      return done;
    },
  };
}

async function work(
  parts: LambdaParts,
  sources: EventSources,
  mapping: MappingRecord,
  signal: AbortSignal,
  opened: () => void,
): Promise<void> {
  const polling = pollingOf(parts, mapping, opened);
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      await poll(parts, sources, polling, signal);
    } catch (error) {
      // Rejects only when it is stopped, which the loop sees.
      await pauseAfterFailure(polling, { what: "opening the source", error, failures }, signal).catch(() => undefined);
    }
  }
  opened();
}

/** Opens the source and reads it until `signal` aborts. Rejects when it cannot be opened. */
async function poll(parts: LambdaParts, sources: EventSources, polling: Polling, signal: AbortSignal): Promise<void> {
  const { sourceArn, settings } = polling.mapping;
  const deadline = { timeoutMs: openTimeoutMs, what: `opening ${sourceArn}`, signal, clock: parts.clock };
  if (settings.stream === undefined) {
    const queue = await withDeadline(deadline, (limited) => sources.openQueue(sourceArn, { signal: limited }));
    return await pollQueue(polling, queue, signal);
  }
  const stream = await withDeadline(deadline, (limited) => sources.openStream(sourceArn, { signal: limited }));
  await pollStream(streamPollingOf(parts, polling, settings.stream), stream, signal);
}

function pollingOf(parts: LambdaParts, mapping: MappingRecord, opened: () => void): Polling {
  return {
    mapping,
    filter: compileFilter(mapping.settings.filters),
    clock: parts.clock,
    logger: parts.logger,
    opened,
    checkTarget: () => void targetOf(parts, mapping),
    invoke: (event, signal) => invokeBatch(parts, mapping, event, signal),
    report: (result) => showResult(parts, mapping, result),
  };
}

function streamPollingOf(parts: LambdaParts, polling: Polling, stream: StreamSettings): StreamPolling {
  const { mapping } = polling;
  const { account, region, functionName, qualifier } = mapping;
  return {
    ...polling,
    stream,
    checkpoints: new Checkpoints(parts.records, mapping),
    role: () => servingConfig(targetOf(parts, mapping).version).role,
    giveUp: (batch, alsoWrite) => {
      const destinationArn = stream.onFailureArn;
      if (destinationArn === undefined) return parts.deliveries.add([], alsoWrite);
      const source = { ...mapping, functionArn: functionArn(mapping, functionName, qualifier), destinationArn };
      const message = failedBatchMessage(batch, source, { nowMs: parts.clock.now(), newId: parts.newId });
      parts.deliveries.add([{ account, region, functionName, destinationArn, message }], alsoWrite);
    },
  };
}

function targetOf(parts: LambdaParts, mapping: MappingRecord): InvocationTarget {
  return invocationTarget(parts, mapping.functionName, mapping, mapping.qualifier);
}

/** Shows as LastProcessingResult. Never throws: it also tells of a full disk. */
function showResult(parts: LambdaParts, mapping: MappingRecord, result: ProcessingResult): void {
  const key = keyOf(mapping, mapping.id);
  try {
    const current = parts.records.mappings.get(key);
    if (current === undefined || current.lastProcessingResult === result) return;
    parts.records.mappings.set(key, { ...current, lastProcessingResult: result });
  } catch (error) {
    parts.logger.error({ mapping: mapping.id, result, error: errorText(error) }, "the result cannot be stored");
  }
}
