import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** Stands between the listener and the handlers: where faults on demand come in. */
export interface ApiInterceptor {
  /** Before a request is handled; a promise delays it. */
  before(incoming: IncomingMessage, response: ServerResponse): Promise<void> | undefined;
  /** The socket of a request that leaves HTTP, or a stand-in for it. */
  upgraded(incoming: IncomingMessage, socket: Duplex): Duplex;
}
