import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { errorText, withDeadline } from "@fc/core";
import type { CacheNodeSpec } from "@fc/elasticache/backend";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { RespConnection } from "../resp/resp-connection.ts";
import type { CacheContext } from "./cache-context.ts";
import { dialEngine, openEngine } from "./engine-link.ts";

const routeTimeoutMs = 5_000;
const connectTimeoutMs = 1_000;
const pauseMs = 25;
const forgetsMs = 60_000;

type RouteContext = Pick<CacheContext, "client" | "secrets" | "clock" | "logger">;

/** The address that clients are given. */
export function endpointOf(context: CacheContext, service: V1Service): string {
  const { name = "" } = service.metadata ?? {};
  return context.endpoints === "dns"
    ? `${name}.${context.client.namespace}.svc.cluster.local`
    : (service.spec?.clusterIP ?? "");
}

/** Looks from here whether Services lead to their Pods. */
export class ServiceRoutes {
  #reached = false;
  /** A laptop beside the cluster does not come to reach Services: it need not wait every time. */
  #looksAgainAt = 0;

  /**
   * Waits until the Service leads to the engine in one of `pods`: the cluster's proxies learn of a new Pod a moment after it is Ready, and
   * until then anything may answer or nothing. From where no Service was ever reached nothing can be seen, and only the first call of a
   * minute waits: a busy machine is not taken for such a place for good. Never rejects: the switch is made by then, and an abort is
   * no reason to undo it.
   */
  async settled(
    context: RouteContext,
    spec: CacheNodeSpec,
    service: V1Service,
    pods: readonly V1Pod[],
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, logger } = context;
    if (clock.now() < this.#looksAgainAt || pods.length === 0) return;
    const host = service.spec?.clusterIP ?? "";
    const names = pods.map((pod) => pod.metadata?.name).join(", ");
    const asked = { timeoutMs: routeTimeoutMs, signal, clock };
    try {
      const expected = await withDeadline({ ...asked, what: `asking Pod ${names} who it is` }, (each) =>
        Promise.all(pods.map(async (pod) => processId(await dialEngine(context, pod, spec.engine, each), spec, each))),
      );
      const what = `waiting until ${host}:${spec.port} leads to Pod ${names}`;
      this.#reached = await withDeadline({ ...asked, what }, (each) =>
        leads(context, spec, host, expected, each),
      ).catch((error: unknown) => {
        if (!signal.aborted && !this.#reached) this.#looksAgainAt = clock.now() + forgetsMs;
        throw error;
      });
    } catch (error) {
      logger.debug(
        { nodeKey: spec.nodeKey, host, error: errorText(error) },
        "the Service was not seen to answer from here",
      );
    }
  }
}

/** Asks until one of the expected processes answers at the Service's address, or `signal` aborts. */
async function leads(
  context: RouteContext,
  spec: CacheNodeSpec,
  host: string,
  expected: readonly string[],
  signal: AbortSignal,
): Promise<true> {
  for (let told = ""; ; ) {
    try {
      const socket = connect({ host, port: spec.port, timeout: connectTimeoutMs, signal });
      socket.once("timeout", () => socket.destroy(new Error(`no answer within ${connectTimeoutMs} ms`)));
      const stream = await openEngine(context, spec, socket, signal);
      if (expected.includes(await processId(stream, spec, signal))) return true;
    } catch (error) {
      signal.throwIfAborted();
      const text = errorText(error);
      if (text !== told)
        context.logger.debug({ nodeKey: spec.nodeKey, host, error: text }, "the Service does not lead to its Pod yet");
      told = text;
    }
    await context.clock.sleep(pauseMs, signal);
  }
}

/**
 * What tells one engine process from another: redis' random run id, memcached's start in seconds, the version of a configuration
 * endpoint's list. Closes the connection.
 */
async function processId(duplex: Duplex, spec: CacheNodeSpec, signal: AbortSignal): Promise<string> {
  using connection = new RespConnection(duplex);
  if (spec.engine !== "memcached")
    return /^run_id:(\w+)/m.exec(String(await connection.call(["INFO", "server"], signal)))?.[1] ?? "";
  const abort = (): void => void duplex.destroy();
  signal.addEventListener("abort", abort, { once: true });
  try {
    if (spec.discovers !== undefined) {
      duplex.write("config get cluster\r\n");
      return [await connection.reader.readLine(), await connection.reader.readLine()].join();
    }
    duplex.write("stats\r\n");
    const stats = new Map<string, number>();
    for (let line = await connection.reader.readLine(); line !== "END"; line = await connection.reader.readLine()) {
      const [, name = "", value] = line.split(" ");
      stats.set(name, Number(value));
    }
    return String((stats.get("time") ?? 0) - (stats.get("uptime") ?? 0));
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
