import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";

/**
 * Keeps a port of 127.0.0.1 that nobody listens on from being given to others: an established connection from it does, and
 * whoever connects to it is refused. Its owner can listen on it again at once.
 */
export async function holdPort(port: number): Promise<() => void> {
  const sink = createServer().listen(0, "127.0.0.1");
  await once(sink, "listening");
  const accepted = once(sink, "connection");
  const { port: sinkPort } = sink.address() as AddressInfo;
  const holder = connect({ host: "127.0.0.1", port: sinkPort, localAddress: "127.0.0.1", localPort: port });
  await once(holder, "connect");
  const [peer] = await accepted;
  sink.close();
  peer.on("error", () => undefined);
  return () => {
    // A reset leaves no TIME_WAIT behind.
    holder.resetAndDestroy();
    peer.destroy();
  };
}
