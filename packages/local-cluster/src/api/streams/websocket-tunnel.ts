import { Duplex } from "node:stream";
import type { WebSocket } from "ws";

/** A byte stream through binary messages whose borders mean nothing. It closes with code 1000: clients take others for a failure. */
export class WebSocketTunnel extends Duplex {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    socket.on("message", (data: Buffer) => {
      if (!this.push(data)) socket.pause();
    });
    socket.once("close", () => {
      if (!this.readableEnded) this.push(null);
      this.destroy();
    });
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#socket.readyState !== this.#socket.OPEN) {
      done();
      return;
    }
    this.#socket.send(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#socket.close(1000);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.close(1000);
    done(error);
  }
}
