import type { Clock } from "@fc/core";
import type WebSocket from "ws";

const pingMs = 10_000;
const missedPongs = 2;

/**
 * Pings every 10 s; two pings without an answer mean that the peer is dead. A paused socket cannot see its pongs and is not
 * judged. Returns what ends it.
 */
export function keepAlive(socket: WebSocket, clock: Clock, onDead: () => void): () => void {
  let unanswered = 0;
  socket.on("pong", () => {
    unanswered = 0;
  });
  let cancel = (): void => undefined;
  const arm = (): void => {
    cancel = clock.after(pingMs, () => {
      if (socket.isPaused) unanswered = 0;
      else if (unanswered >= missedPongs) return onDead();
      else {
        unanswered += 1;
        socket.ping();
      }
      arm();
    });
  };
  arm();
  return () => cancel();
}
