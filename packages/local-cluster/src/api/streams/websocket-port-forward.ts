import type { Duplex } from "node:stream";
import { errorText } from "@fc/core";
import type { WebSocket } from "ws";
import type { Pod } from "../../node/pod-types.ts";
import { StatusError } from "../../store/status-error.ts";
import type { ApiContext, ResourceRequest } from "../http/api-request.ts";

/** The ports of the query. @throws StatusError 400 */
export function forwardedPorts(request: ResourceRequest): number[] {
  const ports = request.query
    .getAll("ports")
    .flatMap((text) => text.split(","))
    .map(Number);
  if (ports.length === 0) throw StatusError.badRequest('query parameter "ports" is required');
  const wrong = ports.find((port) => !Number.isInteger(port) || port < 1 || port > 65_535);
  if (wrong !== undefined) throw StatusError.badRequest(`invalid port ${wrong}: must be between 1 and 65535`);
  return ports;
}

/**
 * The channel form of port-forward (`v4.channel.k8s.io`): one TCP connection per port, channel 2i for its data and 2i+1
 * for an error; the first message on each is the port as 2 bytes, little endian. There is no half-close.
 */
export function serveChannelPortForward(
  context: ApiContext,
  pod: Pod,
  ports: readonly number[],
  socket: WebSocket,
): void {
  const connections = ports.map((port, index) => connect(context, pod, { port, index }, socket));
  socket.on("message", (data: Buffer) => {
    const channel = data[0] ?? 0;
    if (channel % 2 !== 0 || data.length === 1) return;
    void connections[channel / 2]?.then((connection) => {
      if (connection === undefined || connection.destroyed || connection.write(data.subarray(1))) return;
      socket.pause();
      connection.once("drain", () => socket.resume());
    });
  });
  const end = (): void => {
    for (const connection of connections) void connection.then((open) => open?.destroy());
  };
  socket.once("close", end);
  socket.once("error", end);
}

async function connect(
  context: ApiContext,
  pod: Pod,
  { port, index }: { readonly port: number; readonly index: number },
  socket: WebSocket,
): Promise<Duplex | undefined> {
  const dataChannel = index * 2;
  const announce = Buffer.alloc(2);
  announce.writeUInt16LE(port);
  const send = (channel: number, payload: Buffer, done?: () => void): void => {
    if (socket.readyState === socket.OPEN)
      socket.send(Buffer.concat([Buffer.from([channel]), payload]), () => done?.());
  };
  send(dataChannel, announce);
  send(dataChannel + 1, announce);
  try {
    const connection = await context.agent.dial(pod, port);
    connection.on("data", (chunk: Buffer) => {
      connection.pause();
      send(dataChannel, chunk, () => connection.resume());
    });
    connection.once("error", (error: Error) => send(dataChannel + 1, Buffer.from(errorText(error))));
    connection.once("close", () => socket.close(1000));
    return connection;
  } catch (error) {
    send(
      dataChannel + 1,
      Buffer.from(`error forwarding port ${port} to pod ${pod.metadata.uid ?? ""}: ${errorText(error)}`),
    );
    socket.close(1000);
    return undefined;
  }
}
