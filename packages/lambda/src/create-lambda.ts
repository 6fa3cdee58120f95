import { randomUUID } from "node:crypto";
import { createService, createSignatureCheck, loadModel } from "@fc/aws";
import { type BlobStore, type Clock, type Logger, type RecordStore, silentLogger, systemClock } from "@fc/core";
import { EventQueue } from "./async/event-queue.ts";
import type { LambdaBackend } from "./backend/backend.ts";
import type { FunctionSpec } from "./backend/function-spec.ts";
import { Background } from "./background.ts";
import { CodeFetch } from "./code/code-fetch.ts";
import { awsCodeLimits, type CodeLimits } from "./code/code-limits.ts";
import { CodeStore } from "./code/code-store.ts";
import { Downloads } from "./code/downloads.ts";
import { noCodeObjects } from "./code/no-code-objects.ts";
import { ConcurrencyCounter } from "./concurrency/concurrency-counter.ts";
import { Deliveries } from "./deliveries/deliveries.ts";
import { noDestinations } from "./deliveries/no-destinations.ts";
import { EnvironmentManager } from "./environments/environment-manager.ts";
import type { CodeObjects } from "./event-sources/code-objects.ts";
import type { EventDestinations } from "./event-sources/event-destinations.ts";
import type { EventSources } from "./event-sources/event-sources.ts";
import type { LogDestination } from "./event-sources/log-destination.ts";
import { deleteWhole } from "./functions/delete-function.ts";
import { prepareVersion, warmUp } from "./functions/preparation.ts";
import { handlersOf } from "./handlers.ts";
import { type EnvironmentRow, environmentRow, functionRow, invocationRow, mappingRow } from "./introspection.ts";
import { isCurrentSpec } from "./invocation/function-spec-of.ts";
import { InvocationHistory } from "./invocation/invocation-history.ts";
import type { InvocationReport } from "./invocation/invocation-report.ts";
import { recordLaunch } from "./invocation/launch-record.ts";
import type { Download, Lambda, LambdaQueues } from "./lambda.ts";
import { defaultLambdaSettings, type LambdaSettings } from "./lambda-settings.ts";
import { deleteLayers } from "./layers/layer-writes.ts";
import { LogShipper } from "./logs/log-shipper.ts";
import { MappingWorkers } from "./mappings/mapping-workers.ts";
import { noEventSources } from "./mappings/no-event-sources.ts";
import { parseFunctionName } from "./names/function-name.ts";
import type { LambdaParts } from "./parts.ts";
import { provisionedTargets } from "./provisioned/provisioned-records.ts";
import { lambdaRecords } from "./state/lambda-records.ts";
import { createFunctionUrls } from "./urls/function-urls.ts";

export interface LambdaOptions {
  readonly backend: LambdaBackend;
  readonly records: RecordStore;
  /** Holds the code. */
  readonly blobs: BlobStore;
  /** Whether it holds nothing else: then what a process that died left in it is removed at recovery. Default false. */
  readonly ownsBlobs?: boolean;
  /** What event source mappings read. Default: none; mappings are refused then. Closed with the service. */
  readonly eventSources?: EventSources;
  /** Where results and failed events go. Default: nowhere but to other functions; the rest is refused. Closed with the service. */
  readonly destinations?: EventDestinations;
  /** Where code lies that requests name by bucket and key. Default: nowhere; it is refused. Closed with the service. */
  readonly codeObjects?: CodeObjects;
  /** Where the logs of functions are shipped to. Default: nowhere. Closed with the service, when what is left was shipped. */
  readonly logDestination?: LogDestination | undefined;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Access keys and secrets that sign requests to function URLs with AuthType AWS_IAM. Default: any key; signatures are read, not verified. */
  readonly signatures?: { readonly secrets: Readonly<Record<string, string>> };
  /** Default: the defaults of {@link lambdaSettings} and AWS's code limits. */
  readonly limits?: Partial<LambdaSettings & CodeLimits>;
  /** Is told how every event ended: for metrics. Must not throw, and not take long. */
  readonly onInvocation?: (report: InvocationReport) => void;
  /** Default: random UUIDs. */
  readonly newId?: () => string;
  /** In [0, 1): picks the version of a weighted alias. Default: `Math.random`. */
  readonly random?: () => number;
}

/** Makes the Lambda service over a backend. Call `recover()` before the first request. */
export function createLambda(options: LambdaOptions): Lambda {
  const { backend } = options;
  const { parts, events, mappings, logs, history } = assemble(options);
  const service = createService({
    model: loadModel(new URL("../model.json", import.meta.url)),
    handlers: handlersOf(parts, events, mappings),
    logger: parts.logger,
  });
  const { secrets } = options.signatures ?? {};
  const queues = (): LambdaQueues => ({
    waiting: parts.environments.waiting,
    events: events.length,
    oldestEventAgeMs: events.oldestAgeMs,
    deliveries: parts.deliveries.length,
    failedDeliveries: parts.deliveries.failed,
    throttled: parts.concurrency.refused,
  });
  return {
    service,
    urls: createFunctionUrls(parts, createSignatureCheck({ service: "lambda", secrets, clock: parts.clock })),
    recover: async () => {
      await backend.reapStale();
      await parts.code.recover(options.ownsBlobs ?? false);
      for (const { value } of parts.records.versions.list())
        if (value.preparation !== undefined) prepareVersion(parts, value, value.functionName, value.version);
      warmUp(parts);
      parts.environments.reconcile();
      events.recover();
      parts.deliveries.recover();
      mappings.recover();
    },
    reset: (only) => reset({ parts, events, mappings, history }, only?.account),
    functions: () => parts.records.versions.list().map(({ value }) => functionRow(value, parts.environments.slots)),
    invocations: () => history.list().map(invocationRow),
    environments: () =>
      parts.environments.slots.map((slot): EnvironmentRow => environmentRow(slot, backend, parts.clock)),
    queues,
    eventSourceMappings: () => parts.records.mappings.list().map(({ value }) => mappingRow(value)),
    pools: () => backend.pools?.() ?? [],
    evict: async (functionName) => (await parts.environments.retire((spec) => spec.functionName === functionName)) > 0,
    download: (token) => Promise.resolve(download(parts, token)),
    health: async () => ({
      ...(await backend.health()),
      environments: parts.environments.slots.length,
      ...queues(),
    }),
    [Symbol.asyncDispose]: async () => {
      events.stop();
      parts.deliveries.stop();
      // Batches that run end with their environments.
      await Promise.all([mappings.stop(), parts.environments[Symbol.asyncDispose]()]);
      parts.background.stop();
      await parts.background.idle();
      const outside = [mappings.sources, parts.deliveries.destinations, parts.codeFetch.objects, logs];
      await Promise.all(outside.map((one) => one?.[Symbol.asyncDispose]()));
      await backend[Symbol.asyncDispose]();
    },
  };
}

interface Assembly {
  readonly parts: LambdaParts;
  readonly events: EventQueue;
  readonly mappings: MappingWorkers;
  readonly logs: LogShipper | undefined;
  readonly history: InvocationHistory;
}

function assemble(options: LambdaOptions): Assembly {
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? silentLogger;
  const limits = { ...defaultLambdaSettings(), ...awsCodeLimits, ...options.limits };
  const records = lambdaRecords(options.records);
  const code = new CodeStore({ records: options.records, blobs: options.blobs, limits });
  const { logDestination: destination } = options;
  const logs = destination === undefined ? undefined : new LogShipper({ destination, clock, logger });
  const environments = new EnvironmentManager({
    backend: options.backend,
    clock,
    logger,
    limits: {
      perFunction: limits.maxConcurrency,
      total: limits.maxEnvironments,
      queueSize: limits.queueSize,
      queueTimeoutMs: limits.queueTimeoutSeconds * 1000,
      keepAliveMs: limits.keepAliveSeconds * 1000,
      initTimeoutMs: limits.initTimeoutMs,
      launchTimeoutMs: limits.launchTimeoutSeconds * 1000,
    },
    isCurrent: (spec) => isCurrentSpec(records, spec),
    provisioned: () => provisionedTargets({ records, code }),
    onLaunch: (spec, error) => recordLaunch(records, spec, error),
    openLog: logs === undefined ? undefined : (spec) => logs.open(spec),
  });
  const base = {
    records,
    background: new Background(logger, clock),
    clock,
    logger,
    newId: options.newId ?? randomUUID,
  };
  const deliveries = new Deliveries(base, options.destinations ?? noDestinations(), (arn, from, body) =>
    events.accept(parseFunctionName(arn, from), { id: base.newId(), payload: Buffer.from(body) }),
  );
  const history = new InvocationHistory(limits.invocationHistory);
  const parts: LambdaParts = {
    ...base,
    deliveries,
    code,
    codeFetch: new CodeFetch({
      objects: options.codeObjects ?? noCodeObjects(),
      clock,
      limitBytes: limits.unzippedBytes,
    }),
    downloads: new Downloads(clock),
    environments,
    concurrency: new ConcurrencyCounter(records, limits.accountConcurrency),
    streamedResponseBytes: limits.streamedResponseBytes,
    random: options.random ?? Math.random,
    onInvocation: (report) => {
      history.add(report);
      options.onInvocation?.(report);
    },
  };
  const events = new EventQueue(parts);
  return {
    parts,
    events,
    logs,
    history,
    mappings: new MappingWorkers(parts, options.eventSources ?? noEventSources()),
  };
}

function download(parts: LambdaParts, token: string): Download | undefined {
  const found = parts.downloads.find(token);
  if (found === undefined) return undefined;
  return { contentType: "application/zip", sizeBytes: found.sizeBytes, content: parts.code.zip(found.sha256) };
}

async function reset(
  { parts, events, mappings, history }: Omit<Assembly, "logs">,
  account: string | undefined,
): Promise<void> {
  const matches = (home: { readonly account: string }): boolean => account === undefined || home.account === account;
  events.clear(matches);
  parts.deliveries.clear(matches);
  const ending = mappings.clear(matches);
  for (const { value } of parts.records.functions.list()) if (matches(value)) deleteWhole(parts, value);
  deleteLayers(parts, matches);
  await parts.environments.end((spec: FunctionSpec) => matches(spec));
  await ending;
  await parts.background.idle(account);
  history.clear(matches);
  await parts.code.collect();
}
