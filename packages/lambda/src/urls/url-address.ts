import { createHash } from "node:crypto";
import type { Home } from "../names/arn.ts";
import type { UrlRecord } from "../state/url-record.ts";

/** Reaches a function URL where `*.localhost` does not resolve: `/_fakecloud/lambda/url/<url-id>/<path>`. */
const pathForm = /^\/_fakecloud\/lambda\/url\/([a-z0-9]{32})(?=[/?]|$)/;
const hostForm = /^([a-z0-9]{32})\.lambda-url\.[a-z0-9-]+\./i;

/** Always the same for the same function and alias, so that a URL survives restarts and re-creation. 32 of `[a-z0-9]`, as on AWS. */
export function urlIdOf(home: Home, functionName: string, qualifier = "$LATEST"): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([home.account, home.region, functionName, qualifier]))
    .digest("hex");
  return BigInt(`0x${digest}`).toString(36).padStart(32, "0").slice(-32);
}

/**
 * `http://<url-id>.lambda-url.<region>.localhost:<port>/`
 * @param endpoint where the caller reached the server: scheme and port are taken from it
 */
export function functionUrlOf(record: UrlRecord, endpoint: string): string {
  const [, scheme = "http", port = ""] = /^(https?):\/\/.*?(:\d+)?$/.exec(endpoint) ?? [];
  return `${scheme}://${record.urlId}.lambda-url.${record.region}.localhost${port}/`;
}

/** The URL that a request is for, by its Host or by its path, and the rest of its target. */
export function addressOf(
  host: string | undefined,
  target: string,
): { readonly urlId: string; readonly target: string } | undefined {
  const byHost = hostForm.exec(host ?? "")?.[1];
  if (byHost !== undefined) return { urlId: byHost.toLowerCase(), target };
  const [prefix, urlId] = pathForm.exec(target) ?? [];
  if (prefix === undefined || urlId === undefined) return undefined;
  const rest = target.slice(prefix.length);
  return { urlId, target: rest.startsWith("/") ? rest : `/${rest}` };
}
