import { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import { ByteReader } from "./byte-reader.ts";
import { EngineReplyError, RespConnection, readReply } from "./resp-connection.ts";

function reader(text: string, size: number): ByteReader {
  const bytes = Buffer.from(text);
  return new ByteReader(
    (async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    })(),
  );
}

describe("readReply", () => {
  test.each([1, 2, 5, 1000])("reads every kind of reply in chunks of %i", async (size) => {
    const replies = reader(
      "+OK\r\n:-7\r\n$-1\r\n$5\r\na\r\nbé\r\n*3\r\n$1\r\nx\r\n*-1\r\n-ERR in\r\n-LOADING later\r\n".replace("$5", "$6"),
      size,
    );
    expect(await readReply(replies)).toBe("OK");
    expect(await readReply(replies)).toBe(-7);
    expect(await readReply(replies)).toBeNull();
    expect(await readReply(replies)).toBe("a\r\nbé");
    expect(await readReply(replies)).toEqual(["x", null, new EngineReplyError("ERR in")]);
    expect(await readReply(replies)).toMatchObject({ kind: "LOADING", engineMessage: "LOADING later" });
  });

  test("refuses what is not RESP and reports a close", async () => {
    await expect(readReply(reader("HTTP/1.1 400 Bad Request\r\n", 9))).rejects.toMatchObject({
      code: "FC_RESP_MALFORMED",
    });
    await expect(readReply(reader("$9\r\nshort", 9))).rejects.toMatchObject({ code: "FC_RESP_CLOSED" });
  });
});

describe("RespConnection", () => {
  function echoing(answer: (command: string) => string): Duplex {
    return new Duplex({
      read: () => undefined,
      write(chunk: Buffer, _encoding, done) {
        this.push(answer(chunk.toString()));
        done();
      },
    });
  }

  test("gives each call its own reply, and an error reply is thrown", async () => {
    let count = 0;
    const duplex = echoing(() => (++count === 2 ? "-ERR no\r\n" : `:${count}\r\n`));
    using connection = new RespConnection(duplex);
    const answers = await Promise.allSettled([connection.call(["A"]), connection.call(["B"]), connection.call(["C"])]);
    expect(
      answers.map((answer) => (answer.status === "fulfilled" ? answer.value : answer.reason.engineMessage)),
    ).toEqual([1, "ERR no", 3]);
  });

  test("gives commands that are sent at once their replies in order, errors among them", async () => {
    using connection = new RespConnection(echoing(() => "+a\r\n-ERR no\r\n:3\r\n"));
    const replies = await connection.callAll([["A"], ["B"], ["C"]]);
    expect(replies).toEqual(["a", new EngineReplyError("ERR no"), 3]);
  });

  test("in latin1 any bytes are the same when they are sent back", async () => {
    const bytes = Buffer.from([0xff, 0xc3, 0x28, 0x00]);
    const sent: Buffer[] = [];
    const duplex = new Duplex({
      read: () => undefined,
      write(chunk: Buffer, _encoding, done) {
        sent.push(chunk);
        this.push(Buffer.concat([Buffer.from("$4\r\n"), bytes, Buffer.from("\r\n")]));
        done();
      },
    });
    using connection = new RespConnection(duplex, "latin1");
    await connection.call([String(await connection.call(["GET"]))]);
    expect(sent[1]?.includes(bytes)).toBe(true);
  });

  test("an abort ends a call that waits, with the abort's reason", async () => {
    const controller = new AbortController();
    const waiting = new RespConnection(new Duplex({ read: () => undefined, write: (_c, _e, done) => done() })).call(
      ["PING"],
      controller.signal,
    );
    setImmediate(() => controller.abort(new Error("enough")));
    await expect(waiting).rejects.toThrow("enough");
  });
});
