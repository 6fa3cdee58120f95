/** A file, folder or link of an archive. */
export interface TarEntry {
  /** Without a leading slash. */
  readonly path: string;
  readonly mode: number;
  /** Owner and group. Default 0. */
  readonly uid?: number;
  readonly content: { readonly type: "folder" } | { readonly type: "link"; readonly target: string } | TarFile;
}

interface TarFile {
  readonly type: "file";
  readonly read: () => Buffer;
}

const blockSize = 512;

/**
 * A POSIX tar of the entries, in the order of their paths, with no time and no names of owners in it: equal entries give equal bytes. Paths
 * that a header has no room for are written as pax records.
 */
export function* tar(entries: readonly TarEntry[]): Generator<Buffer> {
  const sorted = [...entries].sort((one, other) => (one.path < other.path ? -1 : 1));
  for (const entry of sorted) {
    const { content } = entry;
    const path = content.type === "folder" ? `${entry.path}/` : entry.path;
    const target = content.type === "link" ? content.target : "";
    const data = content.type === "file" ? content.read() : Buffer.alloc(0);
    const pax = paxRecords({ path, linkpath: target });
    if (pax.byteLength > 0) {
      yield header({ name: "pax", type: "x", mode: 0o644, uid: 0, size: pax.byteLength, target: "" });
      yield padded(pax);
    }
    const type = { file: "0", link: "2", folder: "5" }[content.type];
    yield header({ name: path, type, mode: entry.mode, uid: entry.uid ?? 0, size: data.byteLength, target });
    yield padded(data);
  }
  yield Buffer.alloc(2 * blockSize);
}

interface Header {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly size: number;
  readonly target: string;
}

/** A ustar header (POSIX.1-2008, pax, "ustar Interchange Format"). */
function header({ name, type, mode, uid, size, target }: Header): Buffer {
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, at: number, length: number): void => {
    block.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, "latin1");
  };
  block.write(name.slice(0, 100), 0, 100, "utf8");
  octal(mode, 100, 8);
  octal(uid, 108, 8);
  octal(uid, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.write("        ", 148, "latin1");
  block.write(type, 156, "latin1");
  block.write(target.slice(0, 100), 157, 100, "utf8");
  block.write("ustar\u000000", 257, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** What does not fit into the 100 bytes of a header's field. */
function paxRecords(fields: Readonly<Record<string, string>>): Buffer {
  const long = Object.entries(fields).filter(([, value]) => Buffer.byteLength(value) > 100);
  return Buffer.from(long.map(([key, value]) => paxRecord(key, value)).join(""));
}

/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  const digits = String(bytes + String(bytes).length).length;
  return `${bytes + digits}${rest}`;
}

function padded(data: Buffer): Buffer {
  const missing = (blockSize - (data.byteLength % blockSize)) % blockSize;
  return missing === 0 ? data : Buffer.concat([data, Buffer.alloc(missing)]);
}
