import type { Duplex } from "node:stream";
import { SpdyHeaderCodec, type SpdyHeaders } from "./spdy-headers.ts";
import { SpdyStream, type SpdyTransport } from "./spdy-stream.ts";

const control = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goAway: 7 } as const;
const finFlag = 1;

export interface SpdyConnectionOptions {
  /** Called for every stream that the client opens, after it was accepted. */
  readonly onStream: (stream: SpdyStream) => void;
  /** Called once, when the connection is over. */
  readonly onClose: () => void;
}

/** The server's side of SPDY/3.1 over any byte stream: what `kubectl exec` and `port-forward` speak. */
export class SpdyConnection implements SpdyTransport {
  readonly #transport: Duplex;
  readonly #options: SpdyConnectionOptions;
  readonly #codec = new SpdyHeaderCodec();
  readonly #streams = new Map<number, SpdyStream>();
  // Frames are handled one after another: header blocks expand asynchronously and depend on those before.
  #work: Promise<void> = Promise.resolve();
  #pending: Buffer = Buffer.alloc(0);
  #lastId = 0;
  #closed = false;

  constructor(transport: Duplex, head: Buffer, options: SpdyConnectionOptions) {
    this.#transport = transport;
    this.#options = options;
    transport.on("data", (chunk: Buffer) => this.#receive(chunk));
    transport.once("close", () => this.#end());
    transport.once("end", () => this.#end());
    transport.once("error", () => this.#end());
    if (head.length > 0) this.#receive(head);
  }

  /** Tells the client that no more streams are taken, then closes. */
  close(): void {
    if (this.#closed) return;
    const body = Buffer.alloc(8);
    body.writeUInt32BE(this.#lastId);
    this.#sendControl(control.goAway, 0, body);
    this.#transport.end();
  }

  sendData(id: number, data: Buffer, fin: boolean, done: () => void): void {
    if (this.#closed || !this.#transport.writable) {
      done();
      return;
    }
    const header = Buffer.alloc(8);
    header.writeUInt32BE(id);
    header.writeUInt32BE(data.length, 4);
    header[4] = fin ? finFlag : 0;
    this.#transport.write(Buffer.concat([header, data]), () => done());
  }

  reset(id: number): void {
    const body = Buffer.alloc(8);
    body.writeUInt32BE(id);
    // 5 is CANCEL.
    body.writeUInt32BE(5, 4);
    if (this.#streams.delete(id)) this.#sendControl(control.rstStream, 0, body);
  }

  pause(): void {
    this.#transport.pause();
  }

  resume(): void {
    if (!this.#closed) this.#transport.resume();
  }

  #receive(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (this.#pending.length >= 8) {
      const length = this.#pending.readUIntBE(5, 3);
      if (this.#pending.length < 8 + length) return;
      const frame = this.#pending.subarray(0, 8 + length);
      this.#pending = this.#pending.subarray(8 + length);
      this.#work = this.#work
        .then(() => this.#handle(frame))
        .catch(() => {
          this.#transport.destroy();
        });
    }
  }

  async #handle(frame: Buffer): Promise<void> {
    const fin = ((frame[4] ?? 0) & finFlag) !== 0;
    const body = frame.subarray(8);
    if (((frame[0] ?? 0) & 0x80) === 0) {
      this.#streams.get(frame.readUInt32BE(0))?.receive(body, fin);
      return;
    }
    const type = frame.readUInt16BE(2);
    if (type === control.synStream) await this.#open(body, fin);
    else if (type === control.ping) this.#sendControl(control.ping, 0, body);
    else if (type === control.rstStream) this.#drop(body.readUInt32BE(0) & 0x7fffffff);
    else if (type === control.goAway) this.#transport.end();
  }

  async #open(body: Buffer, fin: boolean): Promise<void> {
    const id = body.readUInt32BE(0) & 0x7fffffff;
    const headers: SpdyHeaders = await this.#codec.decode(body.subarray(10));
    const stream = new SpdyStream(id, headers, this);
    this.#streams.set(id, stream);
    this.#lastId = Math.max(this.#lastId, id);
    const reply = Buffer.alloc(4);
    reply.writeUInt32BE(id);
    this.#sendControl(control.synReply, 0, Buffer.concat([reply, await this.#codec.encode({})]));
    stream.on("error", () => undefined);
    stream.once("close", () => this.#streams.delete(id));
    if (fin) stream.receive(Buffer.alloc(0), true);
    this.#options.onStream(stream);
  }

  #drop(id: number): void {
    const stream = this.#streams.get(id);
    this.#streams.delete(id);
    stream?.destroy(new Error("the client has reset the stream"));
  }

  #sendControl(type: number, flags: number, body: Buffer): void {
    if (this.#closed || !this.#transport.writable) return;
    const header = Buffer.alloc(8);
    header.writeUInt16BE(0x8003);
    header.writeUInt16BE(type, 2);
    header.writeUInt32BE(body.length, 4);
    header[4] = flags;
    this.#transport.write(Buffer.concat([header, body]));
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    // Frames that arrived together with the end still count.
    void this.#work.then(() => {
      for (const stream of this.#streams.values()) stream.destroy();
      this.#codec.close();
      this.#transport.destroy();
      this.#options.onClose();
    });
  }
}
