import { deferred, errorText, withDeadline } from "@fc/core";
import { compileFilter } from "../event-filter/filter-pattern.ts";
import type { EventSources } from "../event-sources/event-sources.ts";
import { invocationTarget } from "../invocation/invocation-target.ts";
import type { LambdaParts } from "../parts.ts";
import { backoffMs } from "../polling/backoff.ts";
import { pollQueue } from "../polling/poll-queue.ts";
import type { Polling, ProcessingResult } from "../polling/polling.ts";
import { keyOf } from "../state/lambda-records.ts";
import type { MappingRecord } from "../state/mapping-records.ts";
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
  let failures = 0;
  const polling = pollingOf(parts, mapping, (result) => {
    if (result === "OK") failures = 0;
  });
  while (!signal.aborted) {
    try {
      const poll = await open(parts, sources, polling, signal);
      opened();
      await poll();
    } catch (error) {
      if (signal.aborted) break;
      failures += 1;
      parts.logger.warn({ mapping: mapping.id, source: mapping.sourceArn, error: errorText(error) }, "polling failed");
      polling.report(`PROBLEM: ${errorText(error)}`);
      opened();
      // Rejects only when it is stopped, which the loop sees.
      await parts.clock.sleep(backoffMs(failures), signal).catch(() => undefined);
    }
  }
  opened();
}

/** Opens the source; what it gives polls until `signal` aborts. */
async function open(
  parts: LambdaParts,
  sources: EventSources,
  polling: Polling,
  signal: AbortSignal,
): Promise<() => Promise<void>> {
  const { sourceArn } = polling.mapping;
  const deadline = { timeoutMs: openTimeoutMs, what: `opening ${sourceArn}`, signal, clock: parts.clock };
  const queue = await withDeadline(deadline, (limited) => sources.openQueue(sourceArn, { signal: limited }));
  return () => pollQueue(polling, queue, signal);
}

function pollingOf(parts: LambdaParts, mapping: MappingRecord, seen: (result: ProcessingResult) => void): Polling {
  const key = keyOf(mapping, mapping.id);
  return {
    mapping,
    filter: compileFilter(mapping.settings.filters),
    clock: parts.clock,
    logger: parts.logger,
    checkTarget: () => void invocationTarget(parts, mapping.functionName, mapping, mapping.qualifier),
    invoke: (event, signal) => invokeBatch(parts, mapping, event, signal),
    report: (result) => {
      seen(result);
      const current = parts.records.mappings.get(key);
      if (current === undefined || current.lastProcessingResult === result) return;
      parts.records.mappings.set(key, { ...current, lastProcessingResult: result });
    },
  };
}
