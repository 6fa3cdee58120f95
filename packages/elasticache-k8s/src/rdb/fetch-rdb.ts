import type { Duplex } from "node:stream";
import { type Clock, FcError } from "@fc/core";
import { RespConnection } from "../resp/resp-connection.ts";
import { type RdbTransfer, requestRdb } from "./replication-stream.ts";

export interface FetchRdbOptions {
  /** A new connection to the engine: it is used up. */
  readonly dial: (signal: AbortSignal) => Promise<Duplex>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Milliseconds without a byte after which the engine counts as dead. It sends a byte every 10 s even while it only prepares. Default 60 000. */
  readonly idleMs?: number;
}

/**
 * Takes an RDB from a running engine and hands it, unverified, to `store` while it arrives. The engine serves on meanwhile.
 * @throws EngineReplyError, FcError `FC_RESP_CLOSED`, `FC_RDB_STALLED`; what `store` throws; the signal's reason.
 */
export async function fetchRdb<T>(options: FetchRdbOptions, store: (transfer: RdbTransfer) => Promise<T>): Promise<T> {
  const { clock, signal, idleMs = 60_000 } = options;
  const duplex = await options.dial(signal);
  using connection = new RespConnection(duplex);
  let cancel = (): void => undefined;
  const restart = (): void => {
    cancel();
    const stalled = new FcError("FC_RDB_STALLED", `The engine sent nothing for ${idleMs} ms`, { retryable: true });
    cancel = clock.after(idleMs, () => void duplex.destroy(stalled));
  };
  const abort = (): void => void duplex.destroy();
  signal.addEventListener("abort", abort, { once: true });
  restart();
  try {
    const transfer = await requestRdb(connection, signal);
    return await store({ ...transfer, content: each(transfer.content, restart) });
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    cancel();
    signal.removeEventListener("abort", abort);
  }
}

async function* each(content: AsyncIterable<Uint8Array>, onChunk: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    onChunk();
    yield chunk;
  }
}
