import type { Duplex } from "node:stream";
import { FcError } from "@fc/core";
import { ByteReader } from "./byte-reader.ts";

/** A reply of RESP2. Errors are thrown where they are the reply and kept as values inside arrays. */
export type RespValue = string | number | null | EngineReplyError | readonly RespValue[];

/** The engine answered with an error: `engineMessage` is its own words, `kind` their first word (`ERR`, `LOADING`…). */
export class EngineReplyError extends FcError {
  readonly engineMessage: string;
  readonly kind: string;

  constructor(engineMessage: string) {
    super("FC_CACHE_ENGINE_REPLY", `The engine answered: ${engineMessage}`, { details: { engineMessage } });
    this.engineMessage = engineMessage;
    this.kind = engineMessage.split(" ", 1)[0] ?? "";
  }
}

/**
 * One connection to redis or valkey over any duplex stream: commands one after the other, replies in their order.
 * Not a general client: it is for the few commands of an operator and for the replication stream.
 */
export class RespConnection implements Disposable {
  readonly duplex: Duplex;
  readonly reader: ByteReader;
  readonly #encoding: "utf8" | "latin1";
  #last: Promise<unknown> = Promise.resolve();

  /** `encoding` of strings both ways: with `latin1` every byte is a character, and any key is the same when it is sent back. */
  constructor(duplex: Duplex, encoding: "utf8" | "latin1" = "utf8") {
    this.duplex = duplex;
    this.#encoding = encoding;
    // Node ends the process on an "error" event nobody listens to; the reader reports the same error to its caller.
    duplex.on("error", () => undefined);
    this.reader = new ByteReader(duplex as AsyncIterable<Uint8Array>);
  }

  /**
   * Sends a command and gives its reply. An abort closes the connection: a half-read reply cannot be resumed.
   * @throws EngineReplyError when the engine answers with an error; FcError `FC_RESP_CLOSED` when it closes.
   */
  async call(args: readonly string[], signal?: AbortSignal): Promise<RespValue> {
    const [value = null] = await this.callAll([args], signal);
    if (value instanceof EngineReplyError) throw value;
    return value;
  }

  /** Sends commands at once and gives their replies, errors among them, in the same order; else as {@link call}. */
  callAll(commands: readonly (readonly string[])[], signal?: AbortSignal): Promise<RespValue[]> {
    const reply = this.#last.then(async () => {
      signal?.throwIfAborted();
      const abort = (): void => void this.duplex.destroy();
      signal?.addEventListener("abort", abort, { once: true });
      try {
        this.duplex.write(Buffer.concat(commands.map((args) => encodeCommand(args, this.#encoding))));
        const values: RespValue[] = [];
        while (values.length < commands.length) values.push(await readReply(this.reader, this.#encoding));
        return values;
      } catch (error) {
        throw signal?.aborted === true ? signal.reason : error;
      } finally {
        signal?.removeEventListener("abort", abort);
      }
    });
    this.#last = reply.catch(() => undefined);
    return reply;
  }

  [Symbol.dispose](): void {
    this.duplex.destroy();
  }
}

/** A command as an array of bulk strings. */
export function encodeCommand(args: readonly string[], encoding: BufferEncoding = "utf8"): Buffer {
  const parts = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = Buffer.from(arg, encoding);
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n"));
  }
  return Buffer.concat(parts);
}

/** Reads one reply. @throws FcError `FC_RESP_MALFORMED` when the bytes are not RESP2. */
export async function readReply(reader: ByteReader, encoding: BufferEncoding = "utf8"): Promise<RespValue> {
  const line = await reader.readLine();
  const rest = line.slice(1);
  switch (line[0]) {
    case "+":
      return rest;
    case "-":
      return new EngineReplyError(rest);
    case ":":
      return Number(rest);
    case "$": {
      const length = Number(rest);
      if (length === -1) return null;
      const bytes = await reader.readExactly(length + 2);
      return bytes.subarray(0, length).toString(encoding);
    }
    case "*": {
      const count = Number(rest);
      if (count === -1) return null;
      const values: RespValue[] = [];
      for (let index = 0; index < count; index += 1) values.push(await readReply(reader, encoding));
      return values;
    }
    default:
      throw new FcError("FC_RESP_MALFORMED", `Not a RESP reply: ${JSON.stringify(line.slice(0, 80))}`);
  }
}
