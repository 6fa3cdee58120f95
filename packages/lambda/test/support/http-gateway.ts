import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type AwsService, createGateway } from "@fc/aws";

/** Puts services behind a real socket. */
export async function listen(
  services: readonly AwsService[],
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const gateway = createGateway({ services, defaultAccount: "000000000000", defaultRegion: "us-east-1" });
  const server = createServer((request, response) => void answer(request, response));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const { status, headers, body } = await gateway.handle({
      method: request.method ?? "GET",
      target: request.url ?? "/",
      headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
      body: request,
      signal: gone.signal,
    });
    response.writeHead(status, headers);
    await pipeline(body === undefined ? [] : body instanceof Uint8Array ? Readable.from([body]) : body, response);
  };
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
