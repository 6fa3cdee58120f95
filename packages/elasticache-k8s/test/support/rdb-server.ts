import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { json } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";

export interface PodRoutes {
  readonly stagedRdb: (id: string, token: string) => AsyncIterable<Uint8Array> | undefined;
  readonly iamPassword: (nodeKey: string, token: string) => Promise<string | undefined>;
}

/** The signature that {@link startRdbServer} takes for a good one. */
export const goodSignature = "0123456789abcdef";

/** What the server's routes for Pods do: hand staged RDB files to restore steps, and judge the logins of IAM users. */
export async function startRdbServer(
  host: string,
  { stagedRdb, iamPassword }: PodRoutes,
): Promise<{ readonly port: number } & AsyncDisposable> {
  const judge = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const login = (await json(request)) as { nodeKey: string; user: string; token: string };
    const bearer = request.headers.authorization?.replace(/^Bearer /, "") ?? "";
    const password = await iamPassword(login.nodeKey, bearer);
    const good = login.token.endsWith(`User=${login.user}&X-Amz-Signature=${goodSignature}`);
    response.writeHead(password !== undefined && good ? 200 : 403).end(JSON.stringify({ password }));
  };
  const server = createServer((request, response) => {
    if (request.url === "/_fakecloud/elasticache/_internal/iam-login")
      return void judge(request, response).catch(() => response.destroy());
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
