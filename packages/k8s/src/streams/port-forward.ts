import { Duplex } from "node:stream";
import type WebSocket from "ws";
import { KubernetesError } from "../errors/kubernetes-error.ts";

const dataChannel = 0;
const errorChannel = 1;
const highWater = 1024 * 1024;

/**
 * One TCP connection to a Pod over a port-forward WebSocket (`v4.channel.k8s.io`, one port). There is no half-close: ending
 * the writable side ends the connection.
 */
export function portForwardDuplex(socket: WebSocket, what: string): Duplex {
  const seen = [false, false];
  let failure: Error | undefined;
  const duplex = new Duplex({
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, callback) => {
      socket.send(Buffer.concat([Buffer.of(dataChannel), chunk]), (error) => {
        if (error !== undefined && error !== null) callback(error);
        else whenDrained(socket, callback);
      });
    },
    final: (callback) => {
      socket.close(1000);
      callback();
    },
    destroy: (error, callback) => {
      socket.terminate();
      callback(error);
    },
  });
  socket.on("message", (data: Buffer) => {
    const channel = data[0];
    const payload = data.subarray(1);
    // The first frame of each channel is the port number.
    if ((channel === dataChannel || channel === errorChannel) && seen[channel] === false) {
      seen[channel] = true;
      return;
    }
    if (payload.length === 0) return;
    if (channel === errorChannel) {
      failure = new KubernetesError(`${what}: ${payload.toString("utf8").trim()}`, {
        code: "FC_K8S_DIAL_FAILED",
        retryable: true,
      });
      duplex.destroy(failure);
    } else if (channel === dataChannel && !duplex.push(payload)) socket.pause();
  });
  socket.on("error", (error) => duplex.destroy(error));
  socket.on("close", () => {
    if (failure === undefined) duplex.push(null);
    duplex.destroy(failure);
  });
  socket.resume();
  return duplex;
}

function whenDrained(socket: WebSocket, callback: () => void): void {
  if (socket.bufferedAmount < highWater || socket.readyState !== socket.OPEN) callback();
  else setImmediate(whenDrained, socket, callback);
}
