import type { BlobStore, Clock, Logger, RecordStore } from "@fc/core";
import { createElastiCache, type ElastiCache } from "@fc/elasticache";
import { createLambda, type Lambda } from "@fc/lambda";
import {
  createAwsCodeObjects,
  createAwsDestinations,
  createAwsEventSources,
  createAwsLogDestination,
} from "@fc/lambda-event-sources";
import type { ServerMetrics } from "../metrics/server-metrics.ts";
import type { AllSettings } from "../read-all-settings.ts";
import type { ServerSettings } from "../settings.ts";
import type { Backends } from "./backends.ts";
import type { Disposal } from "./disposal.ts";

export interface ServiceOptions {
  readonly all: AllSettings;
  readonly backends: Pick<Backends, "lambda" | "elasticache">;
  readonly storage: { readonly records: RecordStore; readonly blobs: BlobStore };
  readonly metrics: Pick<ServerMetrics, "onInvocation">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The control planes on their backends, with what they exchange with other AWS services. They are in `disposal`. */
export function createServices(
  options: ServiceOptions,
  disposal: Disposal,
): { readonly lambda: Lambda; readonly elasticache: ElastiCache } {
  const { all, backends, storage, metrics, clock, logger } = options;
  const { eventSources } = all;
  const lambda = disposal.use(
    createLambda({
      ...storage,
      clock,
      logger,
      backend: backends.lambda,
      eventSources: createAwsEventSources(eventSources),
      codeObjects: createAwsCodeObjects(eventSources),
      destinations: createAwsDestinations(eventSources),
      ...(eventSources.logsEndpoint === undefined ? {} : { logDestination: createAwsLogDestination(eventSources) }),
      limits: all.lambda,
      onInvocation: metrics.onInvocation,
      ...signaturesOf(all.server),
    }),
  );
  const elasticache = disposal.use(
    createElastiCache({ ...storage, clock, logger, backend: backends.elasticache, settings: all.elasticache }),
  );
  return { lambda, elasticache };
}

/** Whose signatures count, when signatures are to be verified. */
export function signaturesOf({ verifySigv4, credentials }: ServerSettings): {
  readonly signatures?: { readonly secrets: ServerSettings["credentials"] };
} {
  return verifySigv4 ? { signatures: { secrets: credentials } } : {};
}
