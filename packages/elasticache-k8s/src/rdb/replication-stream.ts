import { FcError } from "@fc/core";
import type { ByteReader } from "../resp/byte-reader.ts";
import { EngineReplyError, encodeCommand, type RespConnection } from "../resp/resp-connection.ts";

/** An RDB as the replication protocol announces it. */
export interface RdbTransfer {
  /** Known when the engine sends a file; unknown when it streams straight from memory ("diskless"). */
  readonly sizeBytes: number | undefined;
  readonly content: AsyncIterable<Uint8Array>;
}

const markBytes = 40;

/**
 * Asks the engine for a full copy of its data set, as a replica does: `PSYNC ? -1`. The engine forks; clients are not held up.
 * Afterwards the connection is in replication mode: close it.
 * @throws EngineReplyError when the engine refuses; FcError `FC_RESP_CLOSED` when it closes before the last byte.
 */
export async function requestRdb(connection: RespConnection, signal?: AbortSignal): Promise<RdbTransfer> {
  // "eof": we understand a stream of unknown length. "rdb-only": no commands after it. An engine that knows neither says so, and that is fine.
  for (const option of [
    ["capa", "eof"],
    ["rdb-only", "1"],
  ]) {
    try {
      await connection.call(["REPLCONF", ...option], signal);
    } catch (error) {
      if (!(error instanceof EngineReplyError)) throw error;
    }
  }
  connection.duplex.write(encodeCommand(["PSYNC", "?", "-1"]));
  return await readTransfer(connection.reader);
}

/** Reads `+FULLRESYNC …` and the header of the RDB that follows: `$<length>` or `$EOF:<mark>`. */
export async function readTransfer(reader: ByteReader): Promise<RdbTransfer> {
  const answer = await lineAfterKeepAlive(reader);
  if (answer.startsWith("-")) throw new EngineReplyError(answer.slice(1));
  if (!answer.startsWith("+FULLRESYNC "))
    throw new FcError("FC_RESP_MALFORMED", `PSYNC was answered with ${JSON.stringify(answer.slice(0, 80))}`);
  const header = await lineAfterKeepAlive(reader);
  if (header.startsWith("-")) throw new EngineReplyError(header.slice(1));
  if (header.startsWith("$EOF:") && header.length === 5 + markBytes)
    return { sizeBytes: undefined, content: untilMark(reader, Buffer.from(header.slice(5), "latin1")) };
  if (/^\$\d+$/.test(header)) {
    const sizeBytes = Number(header.slice(1));
    return { sizeBytes, content: exactly(reader, sizeBytes) };
  }
  throw new FcError("FC_RESP_MALFORMED", `The RDB was announced with ${JSON.stringify(header.slice(0, 80))}`);
}

/** The engine sends empty lines while it prepares the RDB, so that the connection is seen to live. */
async function lineAfterKeepAlive(reader: ByteReader): Promise<string> {
  for (;;) {
    const line = await reader.readLine();
    if (line !== "") return line;
  }
}

async function* exactly(reader: ByteReader, sizeBytes: number): AsyncGenerator<Uint8Array, void, void> {
  for (let left = sizeBytes; left > 0; ) {
    const part = await reader.readSome(left);
    left -= part.length;
    yield part;
  }
}

/** Everything before the mark. The mark is random and comes last, so it is looked for at the end of what has arrived. */
async function* untilMark(reader: ByteReader, mark: Buffer): AsyncGenerator<Uint8Array, void, void> {
  let tail = Buffer.alloc(0);
  for (;;) {
    const part = await reader.readSome(Number.MAX_SAFE_INTEGER);
    const joined = part.length >= mark.length ? undefined : Buffer.concat([tail, part]);
    if (joined === undefined) {
      if (tail.length > 0) yield tail;
      const body = part.subarray(0, part.length - mark.length);
      if (body.length > 0) yield body;
      tail = Buffer.from(part.subarray(part.length - mark.length));
    } else {
      const settled = Math.max(0, joined.length - mark.length);
      if (settled > 0) yield joined.subarray(0, settled);
      tail = joined.subarray(settled);
    }
    if (tail.equals(mark)) return;
  }
}
