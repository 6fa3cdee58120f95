import { Duplex } from "node:stream";
import type { Clock } from "@fc/core";
import type WebSocket from "ws";
import { KubernetesError } from "../errors/kubernetes-error.ts";
import { keepAlive } from "./keep-alive.ts";

const dataChannel = 0;
const errorChannel = 1;
/** What `ws` gives as the code of a connection that ended without one (RFC 6455 7.1.5). */
const noCloseFrame = 1006;

/**
 * One TCP connection to a Pod over a port-forward WebSocket (`v4.channel.k8s.io`, one port). There is no half-close: ending
 * the writable side ends the connection.
 */
export function portForwardDuplex(socket: WebSocket, what: string, clock: Clock): Duplex {
  const seen = [false, false];
  let failure: Error | undefined;
  const fail = (how: string): void => {
    failure = new KubernetesError(`${what}: ${how}`, { code: "FC_K8S_DIAL_FAILED", retryable: true });
    duplex.destroy(failure);
  };
  const stopPings = keepAlive(socket, clock, () => fail("the connection is dead: no pong"));
  const duplex = new Duplex({
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, callback) => {
      socket.send(Buffer.concat([Buffer.of(dataChannel), chunk]), (error) => {
        // Called when the frame has left: the peer's window is what holds a fast writer back.
        callback(error ?? null);
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
    if (channel === errorChannel) fail(payload.toString("utf8").trim());
    else if (channel === dataChannel && !duplex.push(payload)) socket.pause();
  });
  socket.on("error", (error) => duplex.destroy(error));
  socket.on("close", (code: number) => {
    stopPings();
    // Without a close frame nobody knows whether more was to come.
    if (code === noCloseFrame && failure === undefined) fail("the connection broke off");
    if (failure === undefined) duplex.push(null);
    duplex.destroy(failure);
  });
  socket.resume();
  return duplex;
}
