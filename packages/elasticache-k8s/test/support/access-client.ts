import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { RespConnection, type RespValue } from "../../src/resp/resp-connection.ts";
import type { Endpoint } from "./engine-client.ts";

/** Commands on one connection, which is over TLS when an authority is given; the last one's answer, or the first error's words. */
export async function said(endpoint: Endpoint, commands: readonly string[][], ca?: string): Promise<RespValue> {
  const { address: host, port } = endpoint;
  const socket = ca === undefined ? connect({ host, port }) : connectTls({ host, port, ca });
  using connection = new RespConnection(socket);
  let reply: RespValue = null;
  for (const command of commands) reply = await connection.call(command);
  return reply;
}
