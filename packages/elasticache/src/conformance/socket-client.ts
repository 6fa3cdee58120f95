import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import type { CacheClient, CacheEndpoint, ClientOptions } from "./target.ts";

const timeoutMs = 10_000;

/** A client over TCP: RESP by inline commands, or memcached's text protocol. Keys and values are single words. */
export function socketClient(options: ClientOptions): CacheClient {
  const login = options.password === undefined ? [] : [`AUTH ${options.password}`];
  if (options.protocol === "memcached")
    return {
      set: async (at, key, value) => {
        const [answer] = await lines(at, [`set ${key} 0 0 ${value.length}\r\n${value}`], () => true);
        if (answer !== "STORED") throw new Error(`memcached answered ${answer}`);
      },
      get: async (at, key) => {
        const [first, value] = await lines(at, [`get ${key}`], (line) => line === "END");
        return first === "END" ? undefined : value;
      },
    };
  return {
    set: async (at, key, value) => {
      await replies(at, [...login, `SET ${key} ${value}`], login.length + 1);
    },
    get: async (at, key) => {
      const answer = await replies(at, [...login, `GET ${key}`], login.length + 1);
      return answer.at(-1) === "$-1" ? undefined : answer.at(-1);
    },
  };
}

/** @throws Error with the engine's words when a reply is one. */
async function replies(at: CacheEndpoint, commands: readonly string[], count: number): Promise<string[]> {
  let ended = 0;
  const seen = await lines(at, commands, (line) => {
    // A bulk string has its length before it.
    if (!/^\$\d/.test(line)) ended += 1;
    return line.startsWith("-") || ended === count;
  });
  const refusal = seen.find((line) => line.startsWith("-"));
  if (refusal !== undefined) throw new Error(refusal.slice(1));
  return seen;
}

async function lines(
  { address, port }: CacheEndpoint,
  commands: readonly string[],
  isLast: (line: string) => boolean,
): Promise<string[]> {
  const socket = connect({ host: address, port, signal: AbortSignal.timeout(timeoutMs) } as never);
  try {
    await once(socket, "connect");
    socket.write(commands.map((command) => `${command}\r\n`).join(""));
    const seen: string[] = [];
    for await (const line of createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })) {
      seen.push(line);
      if (isLast(line)) return seen;
    }
    throw new Error(`${address}:${port} closed the connection after ${JSON.stringify(seen)}`);
  } finally {
    socket.destroy();
  }
}
