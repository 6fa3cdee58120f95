import { connect } from "node:net";
import { errorText, type FcError, withDeadline } from "@fc/core";
import type { CacheNodeSpec } from "@fc/elasticache/backend";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { RespConnection } from "../resp/resp-connection.ts";
import type { CacheContext } from "./cache-context.ts";
import { engineAnswers, withEngine } from "./engine-link.ts";

const routeTimeoutMs = 5_000;
const connectTimeoutMs = 1_000;
const pauseMs = 25;

/** The address that clients are given. */
export function endpointOf(context: CacheContext, service: V1Service): string {
  const { name = "" } = service.metadata ?? {};
  return context.endpoints === "dns"
    ? `${name}.${context.client.namespace}.svc.cluster.local`
    : (service.spec?.clusterIP ?? "");
}

/**
 * Waits until the Service leads to the engine in `pod`: the cluster's proxies learn of a new Pod a little after the Pod is Ready.
 * From where Services cannot be reached (a laptop beside the cluster) nothing can be seen, and nothing is waited for. Never
 * rejects: the switch is made by then, and an abort is no reason to undo it.
 */
export async function waitForRoute(
  context: CacheContext,
  spec: CacheNodeSpec,
  service: V1Service,
  pod: V1Pod,
  signal: AbortSignal,
): Promise<void> {
  const host = service.spec?.clusterIP ?? "";
  const what = `waiting until ${host}:${spec.port} leads to Pod ${pod.metadata?.name}`;
  try {
    const expected = spec.engine === "memcached" ? undefined : await runId(context, spec, pod, signal);
    await withDeadline({ timeoutMs: routeTimeoutMs, what, signal, clock: context.clock }, async (deadline) => {
      for (;;) {
        try {
          if (await routeLeadsTo({ host, port: spec.port }, spec, expected, deadline)) return;
        } catch (error) {
          deadline.throwIfAborted();
          if (!mayPass(error)) throw error;
        }
        await context.clock.sleep(pauseMs, deadline);
      }
    });
  } catch (error) {
    context.logger.debug(
      { nodeKey: spec.nodeKey, host, error: errorText(error) },
      "the Service was not seen to answer from here",
    );
  }
}

/** Refused or reset: the proxies are a moment behind. Anything else means that Services cannot be reached from here. */
function mayPass(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException | FcError;
  return code === "ECONNREFUSED" || code === "ECONNRESET" || code === "EPIPE" || code === "FC_RESP_CLOSED";
}

async function routeLeadsTo(
  address: { readonly host: string; readonly port: number },
  spec: CacheNodeSpec,
  expectedRunId: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const socket = connect({ ...address, timeout: connectTimeoutMs, signal });
  socket.once("timeout", () => socket.destroy(new Error(`no answer within ${connectTimeoutMs} ms`)));
  if (expectedRunId === undefined) return await engineAnswers(socket, spec.engine, signal);
  using connection = new RespConnection(socket);
  return runIdOf(await connection.call(["INFO", "server"], signal)) === expectedRunId;
}

/** Redis' random name of one engine process. */
function runId(context: CacheContext, spec: CacheNodeSpec, pod: V1Pod, signal: AbortSignal): Promise<string> {
  const what = `asking Pod ${pod.metadata?.name} for its run id`;
  return withEngine(context, { pod, engine: spec.engine, what }, signal, async (connection, deadline) =>
    runIdOf(await connection.call(["INFO", "server"], deadline)),
  );
}

function runIdOf(info: unknown): string {
  return /^run_id:(\w+)/m.exec(String(info))?.[1] ?? "";
}
