import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** What the server's route does: hands staged RDB files to restore steps. */
export async function startRdbServer(
  host: string,
  stagedRdb: (id: string, token: string) => AsyncIterable<Uint8Array> | undefined,
): Promise<{ readonly port: number } & AsyncDisposable> {
  const server = createServer((request, response) => {
    const id = /^\/_fakecloud\/elasticache\/_internal\/rdb\/(\w+)$/.exec(request.url ?? "")?.[1] ?? "";
    const token = request.headers.authorization?.replace(/^Bearer /, "") ?? "";
    const content = stagedRdb(id, token);
    if (content === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": "application/octet-stream" });
    pipeline(Readable.from(content), response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
