import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { listenerOptions } from "./listener-options.ts";

/** Listens on a port of this machine until `finished` resolves. Resolves with `address:port`. */
export async function listenUntil(finished: Promise<void>, serve: RequestListener): Promise<string> {
  const server = createServer(listenerOptions, serve).listen(0, "127.0.0.1");
  await once(server, "listening");
  void finished.then(() => server.close().closeAllConnections());
  const { address, port } = server.address() as AddressInfo;
  return `${address}:${port}`;
}
