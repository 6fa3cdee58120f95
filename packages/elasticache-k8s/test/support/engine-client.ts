import { connect } from "node:net";
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
