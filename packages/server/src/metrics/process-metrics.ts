import { readdirSync } from "node:fs";
import { constants, monitorEventLoopDelay, PerformanceObserver } from "node:perf_hooks";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

const gcKinds: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: "major",
  [constants.NODE_PERFORMANCE_GC_MINOR]: "minor",
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: "incremental",
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: "weakcb",
};

/**
 * What is known of the process, under the names that dashboards for Node.js and Prometheus' own clients know. It watches the event loop and
 * the garbage collector until it is disposed, which prom-client's own collection never ends.
 */
export function addProcessMetrics(registry: Registry): Disposable {
  addResources(registry);
  const delays = addEventLoop(registry);
  const collections = addCollections(registry);
  return {
    [Symbol.dispose]: () => {
      delays.disable();
      collections.disconnect();
    },
  };
}

function addResources(registry: Registry): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number | undefined): void => {
    const one: Gauge = new Gauge({
      name,
      help,
      registers,
      collect: () => {
        const value = read();
        if (value !== undefined) one.set(value);
      },
    });
  };
  const seconds = (name: string, help: string, read: () => number): void => {
    const one: Counter = new Counter({
      name,
      help,
      registers,
      collect: () => {
        one.reset();
        one.inc(read() / 1e6);
      },
    });
  };
  seconds("process_cpu_user_seconds_total", "User CPU time.", () => process.cpuUsage().user);
  seconds("process_cpu_system_seconds_total", "System CPU time.", () => process.cpuUsage().system);
  seconds("process_cpu_seconds_total", "User and system CPU time.", () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  });
  const startedAt = Math.round(Date.now() / 1_000 - process.uptime());
  gauge("process_start_time_seconds", "Start of the process since the epoch.", () => startedAt);
  gauge("process_resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss());
  gauge("process_open_fds", "Open file descriptors.", openFiles);
  gauge("nodejs_heap_size_total_bytes", "Size of the heap.", () => process.memoryUsage().heapTotal);
  gauge("nodejs_heap_size_used_bytes", "Used part of the heap.", () => process.memoryUsage().heapUsed);
  gauge("nodejs_external_memory_bytes", "Memory outside the heap.", () => process.memoryUsage().external);
  gauge(
    "nodejs_active_resources_total",
    "What keeps the event loop alive.",
    () => process.getActiveResourcesInfo().length,
  );
  const version: Gauge = new Gauge({
    name: "nodejs_version_info",
    help: "Version of Node.js.",
    labelNames: ["version"],
    registers,
    collect: () => version.set({ version: process.version }, 1),
  });
}

/** Undefined where the system has no list of them. */
function openFiles(): number | undefined {
  try {
    // One of them is the list's own.
    return readdirSync("/proc/self/fd").length - 1;
  } catch {
    return undefined;
  }
}

function addEventLoop(registry: Registry): ReturnType<typeof monitorEventLoopDelay> {
  const delays = monitorEventLoopDelay({ resolution: 10 });
  delays.enable();
  const gauge = (name: string, help: string, read: () => number): void => {
    const one: Gauge = new Gauge({
      name: `nodejs_eventloop_lag_${name}_seconds`,
      help: `${help} of the delays of the event loop since the first look.`,
      registers: [registry],
      collect: () => one.set(delays.count === 0 ? 0 : read() / 1e9),
    });
  };
  gauge("min", "Least", () => delays.min);
  gauge("max", "Greatest", () => delays.max);
  gauge("mean", "Mean", () => delays.mean);
  gauge("stddev", "Standard deviation", () => delays.stddev);
  for (const part of [50, 90, 99]) gauge(`p${part}`, `${part}th percentile`, () => delays.percentile(part));
  return delays;
}

function addCollections(registry: Registry): PerformanceObserver {
  const durations = new Histogram({
    name: "nodejs_gc_duration_seconds",
    help: "Garbage collections by kind.",
    labelNames: ["kind"],
    buckets: [0.001, 0.01, 0.1, 1, 2, 5],
    registers: [registry],
  });
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind = 0 } = (Reflect.get(entry, "detail") ?? {}) as { readonly kind?: number };
      durations.observe({ kind: gcKinds[kind] ?? "other" }, entry.duration / 1_000);
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  return observer;
}
