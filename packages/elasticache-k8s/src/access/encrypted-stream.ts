import type { Duplex } from "node:stream";
import { connect } from "node:tls";

/** TLS over a connection, with a server that the authority vouches for by the name. @throws when it does not, or the signal aborts. */
export function encrypt(
  duplex: Duplex,
  options: { readonly ca: string; readonly name: string },
  signal: AbortSignal,
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const { ca, name } = options;
    const socket = connect({ socket: duplex, ca, servername: name });
    const fail = (error: Error): void => {
      signal.removeEventListener("abort", abort);
      socket.destroy();
      duplex.destroy();
      reject(error);
    };
    const abort = (): void => fail(signal.reason as Error);
    const closed = (): void => fail(new Error("the engine closed the connection during the TLS handshake"));
    signal.addEventListener("abort", abort, { once: true });
    socket.once("error", fail);
    socket.once("close", closed);
    socket.once("secureConnect", () => {
      signal.removeEventListener("abort", abort);
      socket.off("error", fail);
      socket.off("close", closed);
      // Node ends the process on an "error" event nobody listens to; readers get the error by themselves.
      socket.on("error", () => undefined);
      // The stream below is nobody else's: it goes with the one above.
      socket.once("close", () => duplex.destroy());
      resolve(socket);
    });
    if (signal.aborted) abort();
  });
}
