import { type AliasProxy, startAliasProxy } from "./alias-proxy.ts";
import type { HostAlias } from "./isolation.ts";

/** Replaces `alias:port` in texts by the loopback address of a proxy for it. */
export interface AliasRewriter {
  rewrite(text: string): string;
  close(): void;
}

/** Starts one proxy for every `alias:port` that occurs in `texts`. */
export async function createAliasRewriter(
  aliases: readonly HostAlias[],
  texts: readonly string[],
): Promise<AliasRewriter> {
  const proxies = new Map<string, AliasProxy>();
  const addresses = new Map(aliases.flatMap(({ ip, hostnames }) => hostnames.map((name) => [name, ip] as const)));
  const names = [...addresses.keys()].map((name) => name.replace(/[.-]/g, "\\$&"));
  const pattern = new RegExp(`(?<![\\w.-])(${names.join("|")}):(\\d{1,5})(?![\\w.])`, "g");
  if (names.length > 0) {
    for (const [whole, alias = "", port] of texts.flatMap((text) => [...text.matchAll(pattern)])) {
      const ip = addresses.get(alias);
      if (ip === undefined || proxies.has(whole)) continue;
      proxies.set(whole, await startAliasProxy(alias, { ip, port: Number(port) }));
    }
  }
  return {
    rewrite: (text) =>
      proxies.size === 0
        ? text
        : text.replace(pattern, (whole) => {
            const proxy = proxies.get(whole);
            return proxy === undefined ? whole : `127.0.0.1:${proxy.port}`;
          }),
    close: () => {
      for (const proxy of proxies.values()) proxy.close();
    },
  };
}
