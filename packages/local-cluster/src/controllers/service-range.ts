import { once } from "node:events";
import { createServer, type Server } from "node:net";
import type { Logger } from "@fc/core";

/** Addresses of 127.78.0.0/16 that are for the Services of one cluster. */
export interface ServiceRange {
  /** The third numbers of its addresses: `from` and the `width` - 1 after it. */
  readonly from: number;
  readonly width: number;
}

/** So many clusters on one machine have 2032 addresses each. */
const ranges = 32;
const width = 256 / ranges;
/** Listened on at the range's last address for as long as the range is claimed: it is free again however its process ends. */
const claimPort = 57_878;

/** Takes a range that no other cluster of this machine has, until it is disposed: two that gave out the same addresses would answer for each other. */
export async function claimServiceRange(logger: Logger): Promise<ServiceRange & AsyncDisposable> {
  for (let from = 0; from < 256; from += width) {
    const claim = await listen(`127.78.${from + width - 1}.255`);
    if (claim === "taken") continue;
    // Without other loopback addresses (macOS) Services have no proxies, and cannot meet.
    if (claim === "no address") return { from, width, [Symbol.asyncDispose]: () => Promise.resolve() };
    const release = async (): Promise<void> => {
      claim.close();
      await once(claim, "close");
    };
    return { from, width, [Symbol.asyncDispose]: release };
  }
  logger.warn({ clusters: ranges }, "every range of Service addresses is taken: Services of two clusters may meet");
  return { from: 0, width: 256, [Symbol.asyncDispose]: () => Promise.resolve() };
}

function listen(host: string): Promise<Server | "taken" | "no address"> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", ({ code }: NodeJS.ErrnoException) =>
      resolve(code === "EADDRNOTAVAIL" ? "no address" : "taken"),
    );
    server.listen({ host, port: claimPort, exclusive: true }, () => resolve(server.unref()));
  });
}
