import { join } from "node:path";
import type { Clock, Logger } from "@fc/core";
import { createElastiCache, type ElastiCache, type SnapshotFiles } from "@fc/elasticache";
import { createLambda, type Lambda } from "@fc/lambda";
import {
  AwsClients,
  createAwsCodeObjects,
  createAwsDestinations,
  createAwsEventSources,
  createAwsLogDestination,
} from "@fc/lambda-event-sources";
import type { ServerMetrics } from "../metrics/server-metrics.ts";
import type { AllSettings } from "../read-all-settings.ts";
import type { ServerSettings } from "../settings.ts";
import { folderFiles } from "../snapshot-files/folder-files.ts";
import { s3Files } from "../snapshot-files/s3-files.ts";
import type { Storage } from "../storage/open-storage.ts";
import type { Backends } from "./backends.ts";
import { chooseBackend } from "./choose-backend.ts";
import type { Disposal } from "./disposal.ts";

export interface ServiceOptions {
  readonly all: AllSettings;
  readonly backends: Pick<Backends, "lambda" | "elasticache">;
  readonly storage: Pick<Storage, "records" | "blobs" | "snapshots">;
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
      records: storage.records,
      blobs: storage.blobs,
      // A backend of the user's has the same store.
      ownsBlobs: chooseBackend("lambda", all.server).kind !== "module",
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
    createElastiCache({
      records: storage.records,
      blobs: storage.snapshots,
      ownsBlobs: true,
      clock,
      logger,
      backend: backends.elasticache,
      settings: all.elasticache,
      ...filesOf(all),
      ...signaturesOf(all.server),
    }),
  );
  return { lambda, elasticache };
}

/** Where snapshots are exported to and caches are seeded from: S3 where it is known, else a folder of the storage when that is kept. */
function filesOf({ eventSources, server }: AllSettings): { readonly files?: SnapshotFiles } {
  const { endpoint, endpoints } = eventSources;
  if ((endpoints?.["s3"] ?? endpoint) !== undefined) return { files: s3Files(new AwsClients(eventSources)) };
  return server.dataPath === undefined ? {} : { files: folderFiles(join(server.dataPath, "s3")) };
}

/** Whose signatures count, when signatures are to be verified. */
export function signaturesOf({ verifySigv4, credentials }: ServerSettings): {
  readonly signatures?: { readonly secrets: ServerSettings["credentials"] };
} {
  return verifySigv4 ? { signatures: { secrets: credentials } } : {};
}
