import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type AwsService, createGateway, createNodeHandler } from "@fc/aws";

/** Puts services behind a real socket. */
export async function listen(
  services: readonly AwsService[],
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const gateway = createGateway({ services, defaultAccount: "000000000000", defaultRegion: "us-east-1" });
  const server = createServer(createNodeHandler((request) => gateway.handle(request)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
