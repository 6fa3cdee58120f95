import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export type Damage = "changed" | "cut";

export interface DamagingProxy extends AsyncDisposable {
  readonly port: number;
}

/** Passes connections on, but damages what the server sends at every place where `mark` stands: a bit is another one, or that is the end. */
export async function startDamagingProxy(target: number, mark: string, damage: Damage): Promise<DamagingProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
    }
    near.pipe(far);
    far.on("end", () => near.end());
    far.on("data", (piece: Buffer) => {
      const at = piece.indexOf(mark);
      if (at >= 0 && damage === "cut") return void near.end(piece.subarray(0, at));
      if (at >= 0) piece.writeUInt8(piece.readUInt8(at) ^ 1, at);
      near.write(piece);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
