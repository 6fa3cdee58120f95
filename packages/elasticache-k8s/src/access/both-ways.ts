import type { V1Container } from "@kubernetes/client-node";

/**
 * Where an engine listens that takes connections in clear and encrypted ones: it cannot do both on one port, and clients know one. What
 * stands on that port, `port`, looks at the first byte.
 */
export function bothWaysPorts(port: number): { readonly plain: number; readonly tls: number } {
  return port === 6380 || port === 6381 ? { plain: 6382, tls: 6383 } : { plain: 6380, tls: 6381 };
}

// The first byte of a TLS connection is 22 (a handshake record); no RESP command begins so. Clients of redis speak first.
const program = `
const { connect, createServer } = require("node:net");
const { POD_IP: host, LISTEN_PORT, PLAIN_PORT, TLS_PORT } = process.env;
createServer({ noDelay: true }, (client) => {
  client.on("error", () => client.destroy());
  client.once("data", (first) => {
    client.pause();
    const engine = connect({ host, port: Number(first[0] === 22 ? TLS_PORT : PLAIN_PORT), noDelay: true });
    engine.on("error", () => client.destroy());
    engine.on("close", () => client.destroy());
    client.on("close", () => engine.destroy());
    engine.write(first);
    client.pipe(engine).pipe(client);
  });
}).listen(Number(LISTEN_PORT), host);
process.on("SIGTERM", () => process.exit(0));
`.trim();

/** Serves on the port that clients know. A sidecar: it goes after the engine, and its end is not the Pod's. */
export function bothWaysContainer(image: string, port: number): V1Container {
  const { plain, tls } = bothWaysPorts(port);
  return {
    name: "tls-or-plain",
    image,
    restartPolicy: "Always",
    command: ["node", "-e", program],
    env: [
      { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      { name: "LISTEN_PORT", value: String(port) },
      { name: "PLAIN_PORT", value: String(plain) },
      { name: "TLS_PORT", value: String(tls) },
    ],
    resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "1", memory: "256Mi" } },
  };
}
