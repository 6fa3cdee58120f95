import { Redis } from "ioredis";

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly ca?: string };
  readonly username?: string;
  readonly password?: string;
}

/** The certificate of the authority that encrypted caches of this server are trusted by. */
export async function certificateAuthority(url: string): Promise<string> {
  return await (await fetch(`${url}/_fakecloud/elasticache/certificate-authority`)).text();
}

/** A client that says at once what went wrong, in the engine's words. */
export function connectRedis(options: RedisAddress): { redis: Redis; refused: Promise<never> } {
  const { host, port } = options;
  const redis = new Redis(port, host, {
    ...options,
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: null,
  });
  const refused = new Promise<never>((_resolve, reject) => redis.once("error", reject));
  refused.catch(() => undefined);
  return { redis, refused };
}

/** The answer to one command on a connection of its own. */
export async function askRedis(options: RedisAddress, ...[command = "PING", ...args]: string[]): Promise<unknown> {
  const { redis, refused } = connectRedis(options);
  try {
    return await Promise.race([refused, redis.connect().then(() => redis.call(command, ...args))]);
  } finally {
    redis.disconnect();
  }
}
