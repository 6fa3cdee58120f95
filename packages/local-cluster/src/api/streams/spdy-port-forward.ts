import type { Duplex } from "node:stream";
import { errorText } from "@fc/core";
import type { Pod } from "../../node/pod-types.ts";
import type { ApiContext } from "../http/api-request.ts";
import { SpdyConnection } from "./spdy-connection.ts";
import type { SpdyStream } from "./spdy-stream.ts";

/**
 * Port-forward over SPDY, direct or tunnelled: per TCP connection the client opens an error and a data stream with the
 * same `requestid`. A connection that fails says so on its error stream.
 */
export function servePortForward(context: ApiContext, pod: Pod, socket: Duplex, head: Buffer): void {
  const errors = new Map<string, SpdyStream>();
  const datas = new Map<string, SpdyStream>();
  const connections = new Set<Duplex>();
  new SpdyConnection(socket, head, {
    onClose: () => {
      for (const connection of connections) connection.destroy();
    },
    onStream: (stream) => {
      const id = stream.headers["requestid"] ?? "";
      (stream.headers["streamtype"] === "error" ? errors : datas).set(id, stream);
      const error = errors.get(id);
      const data = datas.get(id);
      if (error === undefined || data === undefined) return;
      errors.delete(id);
      datas.delete(id);
      // The client closes its half of the error stream at once; nothing is read from it.
      error.resume();
      void forward(context, pod, { error, data }, connections);
    },
  });
}

async function forward(
  context: ApiContext,
  pod: Pod,
  { error, data }: { readonly error: SpdyStream; readonly data: SpdyStream },
  connections: Set<Duplex>,
): Promise<void> {
  const port = Number(data.headers["port"] ?? "0");
  try {
    const connection = await context.agent.dial(pod, port);
    connections.add(connection);
    connection.once("close", () => {
      connections.delete(connection);
      if (!data.writableEnded) data.end();
      error.end();
      // Whatever the client still sends has nowhere to go.
      data.resume();
    });
    connection.once("error", () => connection.destroy());
    data.once("close", () => connection.destroy());
    data.pipe(connection);
    connection.pipe(data);
  } catch (failure) {
    error.end(`error forwarding port ${port} to pod ${pod.metadata.uid ?? ""}: ${errorText(failure)}`);
    data.end();
    data.resume();
  }
}
