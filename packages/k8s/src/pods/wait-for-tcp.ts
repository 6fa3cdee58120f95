import { type Clock, errorText, FcError, withDeadline } from "@fc/core";
import { connectTcp } from "../streams/dialer.ts";

const attemptMs = 1_500;
const pauseMs = 50;

/** Tries until a connection to `host:port` is accepted. @throws FcError `FC_DEADLINE_EXCEEDED` with the last failure */
export async function waitForTcp(
  host: string,
  port: number,
  options: { readonly timeoutMs: number; readonly clock: Clock; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const { clock } = options;
  let last: unknown;
  try {
    await withDeadline({ ...options, what: `waiting for ${host}:${port}` }, async (signal) => {
      for (;;) {
        try {
          const socket = await connectTcp(host, port, { timeoutMs: attemptMs, clock, signal });
          socket.destroy();
          return;
        } catch (error) {
          signal.throwIfAborted();
          last = error;
          await clock.sleep(pauseMs, signal);
        }
      }
    });
  } catch (error) {
    if (!FcError.isInstance(error, "FC_DEADLINE_EXCEEDED") || last === undefined) throw error;
    throw new FcError(error.code, `${error.message}; the last attempt: ${errorText(last)}`, {
      retryable: true,
      details: error.details,
      cause: last,
    });
  }
}
