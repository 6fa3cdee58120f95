import { connect, type Socket } from "node:net";

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A connection to an engine: commands in a line, replies of any sort counted by their first byte. */
export class Engine implements Disposable {
  readonly #socket: Socket;
  #waiting: { readonly resolve: (reply: string) => void; readonly reject: (error: Error) => void }[] = [];
  #buffer: Buffer = Buffer.alloc(0);

  constructor({ address, port }: Endpoint) {
    this.#socket = connect({ host: address, port, noDelay: true });
    this.#socket.on("data", (chunk) => this.#read(chunk));
    const fail = (error: Error): void => {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    };
    this.#socket.on("error", fail);
    this.#socket.on("close", () => fail(new Error("the connection was closed")));
  }

  /** The reply as text; an error reply rejects. */
  call(...words: readonly (string | Buffer)[]): Promise<string> {
    const parts = words.flatMap((word) => [`$${Buffer.byteLength(word)}\r\n`, word, "\r\n"]);
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new Error("the connection is closed"));
      this.#waiting.push({ resolve, reject });
      this.#socket.cork();
      this.#socket.write(`*${words.length}\r\n`);
      for (const part of parts) this.#socket.write(part);
      this.#socket.uncork();
    });
  }

  #read(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      const end = this.#buffer.indexOf("\r\n");
      if (end < 0) return;
      const line = this.#buffer.toString("latin1", 0, end);
      const length = line.startsWith("$") ? Math.max(Number(line.slice(1)) + 2, 0) : 0;
      if (line !== "$-1" && this.#buffer.length < end + 2 + length) return;
      const size = line === "$-1" ? 0 : length;
      const reply = size === 0 ? line : this.#buffer.toString("latin1", end + 2, end + size);
      this.#buffer = this.#buffer.subarray(end + 2 + size);
      const { resolve, reject } = this.#waiting.shift() ?? {};
      if (line.startsWith("-")) reject?.(new Error(line.slice(1)));
      else resolve?.(reply);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
