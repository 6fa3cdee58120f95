import { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import { ByteReader } from "../resp/byte-reader.ts";
import { RespConnection } from "../resp/resp-connection.ts";
import { readTransfer, requestRdb } from "./replication-stream.ts";

const mark = "0123456789abcdef0123456789abcdef01234567";
const body = Buffer.from(Array.from({ length: 300 }, (_, index) => index & 0xff));
const hello = "+FULLRESYNC 8de1787ba490483314a4d30f1c628bc5025eb761 0\r\n";

function inChunks(bytes: Buffer, size: number): ByteReader {
  return new ByteReader(
    (async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    })(),
  );
}

async function contentOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

describe("readTransfer", () => {
  test.each([1, 2, 3, 39, 40, 41, 128, 10_000])(
    "reads a diskless copy up to its mark in chunks of %i",
    async (size) => {
      const bytes = Buffer.concat([Buffer.from(`${hello}\n\n$EOF:${mark}\r\n`), body, Buffer.from(mark)]);
      const transfer = await readTransfer(inChunks(bytes, size));
      expect(transfer.sizeBytes).toBeUndefined();
      expect(await contentOf(transfer.content)).toEqual(body);
    },
  );

  test.each([1, 7, 299, 10_000])(
    "reads a file of announced length after keep-alive lines in chunks of %i",
    async (size) => {
      const bytes = Buffer.concat([Buffer.from(`\n\n${hello}\n$${body.length}\r\n`), body, Buffer.from("*1\r\n")]);
      const transfer = await readTransfer(inChunks(bytes, size));
      expect(transfer.sizeBytes).toBe(body.length);
      expect(await contentOf(transfer.content)).toEqual(body);
    },
  );

  test("reports a connection that ends before the mark or the length", async () => {
    for (const header of [`$EOF:${mark}`, `$${body.length + 1}`]) {
      const bytes = Buffer.concat([Buffer.from(`${hello}${header}\r\n`), body]);
      const transfer = await readTransfer(inChunks(bytes, 64));
      await expect(contentOf(transfer.content)).rejects.toMatchObject({ code: "FC_RESP_CLOSED" });
    }
  });

  test("quotes an engine that refuses, and refuses what is not the protocol", async () => {
    await expect(readTransfer(inChunks(Buffer.from("-NOMASTERLINK no link\r\n"), 4))).rejects.toMatchObject({
      engineMessage: "NOMASTERLINK no link",
    });
    for (const text of ["+CONTINUE\r\n", `${hello}+OK\r\n`])
      await expect(readTransfer(inChunks(Buffer.from(text), 4))).rejects.toMatchObject({ code: "FC_RESP_MALFORMED" });
  });
});

describe("requestRdb", () => {
  test("asks as a replica does, and goes on when the engine knows no options", async () => {
    const sent: string[] = [];
    const answers = ["-ERR unknown\r\n", "-ERR unknown\r\n", `${hello}$3\r\nabc`];
    const duplex = new Duplex({
      read: () => undefined,
      write(chunk: Buffer, _encoding, done) {
        sent.push(chunk.toString());
        this.push(answers[sent.length - 1]);
        done();
      },
    });
    const transfer = await requestRdb(new RespConnection(duplex));
    expect((await contentOf(transfer.content)).toString()).toBe("abc");
    expect(sent[2]).toBe("*3\r\n$5\r\nPSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n");
  });
});
