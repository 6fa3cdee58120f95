import { Duplex } from "node:stream";

/**
 * A socket that breaks after `afterBytes` bytes to the client, not counting the first write (the answer to the upgrade). The
 * client sees a connection that ends without a word, as when a proxy or an API server goes down.
 */
export class CutSocket extends Duplex {
  readonly #socket: Duplex;
  #leftBytes: number;
  #answered = false;

  constructor(socket: Duplex, afterBytes: number) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.#leftBytes = afterBytes;
    socket.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.once("end", () => this.push(null));
    socket.once("error", (error) => this.destroy(error));
    socket.once("close", () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (!this.#answered) {
      this.#answered = true;
      this.#socket.write(chunk, done);
      return;
    }
    if (chunk.length <= this.#leftBytes) {
      this.#leftBytes -= chunk.length;
      this.#socket.write(chunk, done);
      return;
    }
    this.#socket.write(chunk.subarray(0, this.#leftBytes), () => this.destroy());
    this.#leftBytes = 0;
    done();
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
