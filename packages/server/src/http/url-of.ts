/** The URL of what listens there, as this machine reaches it: where everybody may ask, by loopback. */
export function urlOf(at: { readonly host: string; readonly port: number; readonly isEncrypted?: boolean }): string {
  const { host, port, isEncrypted = false } = at;
  const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `${isEncrypted ? "https" : "http"}://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}
