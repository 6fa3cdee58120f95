import type { ElastiCache } from "@fc/elasticache";
import type { Lambda } from "@fc/lambda";
import { Counter, Gauge, type Registry } from "prom-client";

export interface MeasuredServices {
  readonly lambda: Pick<Lambda, "environments" | "pools" | "queues" | "eventSourceMappings">;
  readonly elasticache: Pick<ElastiCache, "introspect">;
}

/** Adds what the services know of themselves. It is read when somebody asks for the metrics, and costs nothing else. */
export function addStateMetrics(registry: Registry, { lambda, elasticache }: MeasuredServices): void {
  addEnvironments(registry, lambda);
  addPools(registry, lambda);
  addQueues(registry, lambda);
  counted(registry, {
    name: "fakecloud_lambda_event_source_mappings",
    help: "Event source mappings by source and state.",
    labels: ["source", "state"],
    rows: () => lambda.eventSourceMappings().map(({ kind: source, state }) => ({ source, state })),
  });
  counted(registry, {
    name: "fakecloud_elasticache_clusters",
    help: "Cache clusters, also the members of replication groups, by engine and status.",
    labels: ["engine", "status"],
    rows: () =>
      elasticache.introspect.clusters().clusters.map(({ engine, cacheClusterStatus: status }) => ({ engine, status })),
  });
  counted(registry, {
    name: "fakecloud_elasticache_replication_groups",
    help: "Replication groups by engine and status.",
    labels: ["engine", "status"],
    rows: () =>
      elasticache.introspect.replicationGroups().replicationGroups.map(({ engine, status }) => ({ engine, status })),
  });
}

function addEnvironments(registry: Registry, lambda: MeasuredServices["lambda"]): void {
  counted(registry, {
    name: "fakecloud_lambda_environments",
    help: "Execution environments by phase.",
    labels: ["phase"],
    // Named also when there is none: a graph of idle ones is to go to zero, not to end.
    always: ["starting", "idle", "busy", "retiring"].map((phase) => ({ phase })),
    rows: () => lambda.environments().map(({ state: phase }) => ({ phase })),
  });
}

function addPools(registry: Registry, lambda: MeasuredServices["lambda"]): void {
  const pods = new Gauge({
    name: "fakecloud_lambda_pool_pods",
    help: "Pods of the pool by kind: that wait for a function, that start, and that should be there (wanted).",
    labelNames: ["kind", "state"],
    registers: [registry],
    collect: () => {
      pods.reset();
      for (const { kind, waiting, starting, wanted } of lambda.pools()) {
        pods.set({ kind, state: "waiting" }, waiting);
        pods.set({ kind, state: "starting" }, starting);
        pods.set({ kind, state: "wanted" }, wanted);
      }
    },
  });
  const launches = new Counter({
    name: "fakecloud_lambda_pool_launches_total",
    help: "Launches by kind that found a Pod in the pool (claimed), or none (missed).",
    labelNames: ["kind", "outcome"],
    registers: [registry],
    collect: () => {
      launches.reset();
      for (const { kind, claimed, missed } of lambda.pools()) {
        launches.inc({ kind, outcome: "claimed" }, claimed);
        launches.inc({ kind, outcome: "missed" }, missed);
      }
    },
  });
}

function addQueues(registry: Registry, lambda: MeasuredServices["lambda"]): void {
  const gauge = (name: string, help: string, read: (queues: ReturnType<Lambda["queues"]>) => number): void => {
    const one: Gauge = new Gauge({ name, help, registers: [registry], collect: () => one.set(read(lambda.queues())) });
  };
  gauge("fakecloud_lambda_waiting_invocations", "Events that wait for an environment.", ({ waiting }) => waiting);
  gauge("fakecloud_lambda_async_events", "Asynchronous events that are not done.", ({ events }) => events);
  gauge(
    "fakecloud_lambda_async_oldest_event_age_seconds",
    "Time since the oldest of them was accepted; 0 when there is none.",
    ({ oldestEventAgeMs }) => oldestEventAgeMs / 1_000,
  );
  gauge(
    "fakecloud_lambda_deliveries",
    "Messages on their way to destinations and dead-letter queues.",
    ({ deliveries }) => deliveries,
  );
  const count = (name: string, help: string, value: (queues: ReturnType<Lambda["queues"]>) => number): void => {
    const counter = new Counter({
      name,
      help,
      registers: [registry],
      collect: () => {
        counter.reset();
        counter.inc(value(lambda.queues()));
      },
    });
  };
  count(
    "fakecloud_lambda_failed_deliveries_total",
    "Messages that could not be delivered within six hours.",
    ({ failedDeliveries }) => failedDeliveries,
  );
  count(
    "fakecloud_lambda_throttles_total",
    "Executions that reserved or account concurrency refused.",
    ({ throttled }) => throttled,
  );
}

/** A gauge of how many rows there are with the same labels. */
function counted<Label extends string>(
  registry: Registry,
  options: {
    readonly name: string;
    readonly help: string;
    readonly labels: readonly Label[];
    readonly always?: readonly Readonly<Record<Label, string>>[];
    readonly rows: () => readonly Readonly<Record<Label, string>>[];
  },
): void {
  const { name, help, labels: labelNames, always = [], rows } = options;
  const gauge = new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    collect: () => {
      gauge.reset();
      for (const labels of always) gauge.set({ ...labels }, 0);
      for (const labels of rows()) gauge.inc({ ...labels });
    },
  });
}
