/** How a process on the server's machine writes that machine. */
const local = String.raw`(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])`;

/**
 * A function's variables with the server's own address as it is known on the server's machine (`localhost:4566`,
 * `http://127.0.0.1:4566/path`) replaced by the one that Pods reach. Other ports are the function's own business: an extension or a
 * sidecar listens on localhost too.
 * @param port of the server
 * @param reachableUrl the server's base URL as Pods reach it
 */
export function reachableEnvironment(
  environment: Readonly<Record<string, string>>,
  port: number,
  reachableUrl: string,
): Record<string, string> {
  const { origin, hostname, protocol, port: written } = new URL(reachableUrl);
  const authority = `${hostname}:${written === "" ? (protocol === "https:" ? "443" : "80") : written}`;
  // Neither a part of another host name (`my-localhost`) nor of a longer port.
  const own = new RegExp(String.raw`(?<![\w.-])(https?://)?${local}:${port}(?!\d)`, "gi");
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value.replace(own, (_, scheme: string | undefined) => (scheme === undefined ? authority : origin)),
    ]),
  );
}
