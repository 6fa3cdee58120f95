import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Sends one line-protocol request and gives the first answer as text: enough for PING, GET, SET and memcached. */
export async function ask(address: string, port: number, request: string): Promise<string> {
  const socket: Socket = connect(port, address);
  try {
    socket.write(request);
    const [answer] = (await once(socket, "data")) as [Buffer];
    return answer.toString();
  } finally {
    socket.destroy();
  }
}

/** A RESP command. */
export function resp(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
}
