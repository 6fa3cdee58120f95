import { connect } from "node:net";
import { ByteReader } from "../../src/resp/byte-reader.ts";
import { RespConnection, type RespValue } from "../../src/resp/resp-connection.ts";

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** One command on a connection of its own, as a user's client would send it. */
export async function redis(endpoint: Endpoint, ...args: readonly string[]): Promise<RespValue> {
  using connection = new RespConnection(connect({ host: endpoint.address, port: endpoint.port }));
  return await connection.call(args);
}

/** One line of the memcached text protocol; with `data`, a storage command's second line. */
export async function memcached(endpoint: Endpoint, command: string, data?: string): Promise<string> {
  const socket = connect({ host: endpoint.address, port: endpoint.port });
  try {
    socket.on("error", () => undefined);
    socket.write(data === undefined ? `${command}\r\n` : `${command}\r\n${data}\r\n`);
    return await new ByteReader(socket as AsyncIterable<Uint8Array>).readLine();
  } finally {
    socket.destroy();
  }
}
