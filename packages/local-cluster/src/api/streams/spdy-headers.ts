import { constants, createDeflate, createInflate, type Deflate, type Inflate } from "node:zlib";

/** Header names are lower case; values of one name are joined by NUL on the wire. */
export type SpdyHeaders = Readonly<Record<string, string>>;

// The compression dictionary of SPDY/3 (draft-mbelshe-httpbis-spdy-00, 2.6.10.1): length-prefixed words, then plain text.
const words =
  "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization cache-control connection content-base content-encoding content-language content-length content-location content-md5 content-range content-type date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get status|200 OK|version|HTTP/1.1|url public set-cookie keep-alive origin";
const tail =
  "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

function dictionary(): Buffer {
  // "200 OK" is one word, so that stretch is separated by bars.
  const list = words.split("|").flatMap((part) => (part === "200 OK" ? [part] : part.split(" ")));
  return Buffer.concat([...list.map(prefixed), Buffer.from(tail)]);
}

function prefixed(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Compresses and expands the header blocks of one connection: each direction is one zlib stream for its whole life. */
export class SpdyHeaderCodec {
  readonly #inflate: Inflate;
  readonly #deflate: Deflate;

  constructor() {
    const shared = dictionary();
    this.#inflate = createInflate({ dictionary: shared });
    this.#deflate = createDeflate({ dictionary: shared });
  }

  /** Blocks have to be given in the order of the wire, one at a time. */
  async decode(block: Buffer): Promise<SpdyHeaders> {
    const bytes = await pass(this.#inflate, block);
    const headers: Record<string, string> = {};
    let offset = 4;
    const next = (): string => {
      const end = offset + 4 + bytes.readUInt32BE(offset);
      const text = bytes.toString("utf8", offset + 4, end);
      offset = end;
      return text;
    };
    for (let left = bytes.readUInt32BE(0); left > 0; left -= 1) headers[next().toLowerCase()] = next();
    return headers;
  }

  encode(headers: SpdyHeaders): Promise<Buffer> {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(Object.keys(headers).length);
    const pairs = Object.entries(headers).flatMap(([name, value]) => [prefixed(name), prefixed(value)]);
    return pass(this.#deflate, Buffer.concat([count, ...pairs]));
  }

  close(): void {
    this.#inflate.destroy();
    this.#deflate.destroy();
  }
}

function pass(stream: Inflate | Deflate, input: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const onData = (chunk: Buffer): void => void chunks.push(chunk);
    const done = (): void => {
      stream.off("data", onData);
      stream.off("error", reject);
    };
    stream.on("data", onData);
    stream.once("error", reject);
    stream.write(input, (error) => {
      if (error !== null && error !== undefined) {
        done();
        return reject(error);
      }
      stream.flush(constants.Z_SYNC_FLUSH, () => {
        done();
        resolve(Buffer.concat(chunks));
      });
    });
  });
}
