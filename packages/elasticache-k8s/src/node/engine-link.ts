import type { Duplex } from "node:stream";
import { FcError, withDeadline } from "@fc/core";
import type { CacheEngine, CacheNodeSpec } from "@fc/elasticache/backend";
import type { V1Pod } from "@kubernetes/client-node";
import { encrypt } from "../access/encrypted-stream.ts";
import { introduce } from "../access/introduce.ts";
import { certificateName } from "../access/node-secret.ts";
import { hasRdb, listeningPort } from "../engines/engine-arguments.ts";
import { ByteReader } from "../resp/byte-reader.ts";
import { EngineReplyError, RespConnection } from "../resp/resp-connection.ts";
import type { CacheContext } from "./cache-context.ts";
import { specOf } from "./find-node.ts";

/**
 * A new connection to the engine in a Pod, as its admin, encrypted when the engine wants that: by the Pod's address, or by port-forward
 * where that cannot be reached.
 */
export async function dialEngine(
  context: Pick<CacheContext, "client" | "secrets">,
  pod: V1Pod,
  engine: CacheEngine,
  signal: AbortSignal,
): Promise<Duplex> {
  const spec = specOf(pod);
  if (spec === undefined) throw new FcError("FC_CACHE_NO_SPEC", `Pod ${pod.metadata?.name} is not one of a cache node`);
  return await openEngine(
    context,
    spec,
    await context.client.dial(pod, listeningPort({ ...spec, engine }), { signal }),
    signal,
  );
}

/** Makes a connection that just opened, to the engine of this node by whatever way, one of the admin's. */
export async function openEngine(
  context: Pick<CacheContext, "client" | "secrets">,
  spec: CacheNodeSpec,
  duplex: Duplex,
  signal: AbortSignal,
): Promise<Duplex> {
  // It may be refused while the secrets are read: Node ends the process on an "error" event nobody listens to. Whoever reads gets the error.
  duplex.on("error", () => undefined);
  try {
    const { authority, adminPassword } = await context.secrets.access();
    const name = certificateName(context.client.namespace);
    const stream =
      spec.access?.tls === "required" ? await encrypt(duplex, { ca: authority.certificate, name }, signal) : duplex;
    if (hasRdb(spec.engine)) await introduce(stream, adminPassword(spec), signal);
    return stream;
  } catch (error) {
    duplex.destroy();
    throw error;
  }
}

/** Runs `work` with a RESP connection to the engine in `pod` and closes it. `encoding` as {@link RespConnection} has it. */
export function withEngine<T>(
  context: CacheContext,
  target: {
    readonly pod: V1Pod;
    readonly engine: CacheEngine;
    readonly what: string;
    readonly timeoutMs?: number;
    readonly encoding?: "latin1";
  },
  signal: AbortSignal,
  work: (connection: RespConnection, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { pod, engine, what, timeoutMs = 10_000, encoding } = target;
  return withDeadline({ timeoutMs, what, signal, clock: context.clock }, async (deadline) => {
    using connection = new RespConnection(await dialEngine(context, pod, engine, deadline), encoding);
    return await work(connection, deadline);
  });
}

/**
 * One question on a fresh connection: does the engine serve? False while it loads its data. Closes the connection.
 * @throws EngineReplyError for every other error; FcError `FC_RESP_CLOSED`.
 */
export async function engineAnswers(duplex: Duplex, engine: CacheEngine, signal: AbortSignal): Promise<boolean> {
  using connection = new RespConnection(duplex);
  if (engine === "memcached") return await memcachedAnswers(connection.duplex, signal);
  try {
    return (await connection.call(["PING"], signal)) === "PONG";
  } catch (error) {
    if (error instanceof EngineReplyError && (error.kind === "LOADING" || error.kind === "BUSY")) return false;
    throw error;
  }
}

async function memcachedAnswers(duplex: Duplex, signal: AbortSignal): Promise<boolean> {
  const abort = (): void => void duplex.destroy();
  signal.addEventListener("abort", abort, { once: true });
  try {
    duplex.write("version\r\n");
    return (await new ByteReader(duplex as AsyncIterable<Uint8Array>).readLine()).startsWith("VERSION ");
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

const firstPauseMs = 20;
const longestPauseMs = 250;

/** Asks the engine in `pod` until it serves. Whatever a single try fails with, the next one may succeed: `signal` ends it. */
export async function waitForEngine(
  context: CacheContext,
  pod: V1Pod,
  engine: CacheEngine,
  signal: AbortSignal,
): Promise<void> {
  const what = `asking ${engine} in Pod ${pod.metadata?.name}`;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      const asked = { timeoutMs: 2_000, what, signal, clock: context.clock };
      if (
        await withDeadline(asked, async (each) =>
          engineAnswers(await dialEngine(context, pod, engine, each), engine, each),
        )
      )
        return;
    } catch {
      signal.throwIfAborted();
    }
    await context.clock.sleep(pauseMs, signal);
  }
}

/** How many keys an engine holds, from `INFO keyspace`. */
export interface KeyCount {
  readonly keys: number;
  /** Those of them that expire some time. */
  readonly expires: number;
}

/** Sums `INFO keyspace` over all databases. */
export function parseKeyspace(info: string): KeyCount {
  let keys = 0;
  let expires = 0;
  for (const match of info.matchAll(/^db\d+:keys=(\d+),expires=(\d+)/gm)) {
    keys += Number(match[1]);
    expires += Number(match[2]);
  }
  return { keys, expires };
}

/** Counts the keys of a redis or valkey node. */
export function countKeys(
  context: CacheContext,
  pod: V1Pod,
  engine: CacheEngine,
  signal: AbortSignal,
): Promise<KeyCount> {
  const what = `counting the keys of Pod ${pod.metadata?.name}`;
  return withEngine(context, { pod, engine, what }, signal, async (connection, deadline) =>
    parseKeyspace(String(await connection.call(["INFO", "keyspace"], deadline))),
  );
}
