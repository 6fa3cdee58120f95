/** The URL of what listens there, as this machine reaches it: where everybody may ask, by loopback. */
export function urlOf({ host, port }: { readonly host: string; readonly port: number }): string {
  const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}
