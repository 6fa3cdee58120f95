import { createHash, type Hash } from "node:crypto";
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type TarEntry, tar } from "./tar.ts";

/** A compressed layer on disk. */
export interface Layer {
  readonly file: string;
  readonly size: number;
  /** Of the compressed bytes: `sha256:…`. */
  readonly digest: string;
  /** Of the tar: `sha256:…`. */
  readonly diffId: string;
  readonly createdBy: string;
}

/**
 * Makes a layer, or takes the one that was made before of the same things.
 * @param folder where layers are kept
 * @param inputs names everything that the entries depend on
 */
export async function layer(
  folder: string,
  createdBy: string,
  inputs: readonly string[],
  entries: () => Promise<readonly TarEntry[]> | readonly TarEntry[],
): Promise<Layer> {
  mkdirSync(folder, { recursive: true });
  const key = sha256(JSON.stringify([createdBy, inputs]));
  const file = join(folder, `${key}.tar.gz`);
  const about = join(folder, `${key}.json`);
  if (existsSync(about) && existsSync(file)) return JSON.parse(readFileSync(about, "utf8")) as Layer;
  const made = { ...(await compress(await entries(), file)), createdBy };
  writeFileSync(about, JSON.stringify(made));
  return made;
}

async function compress(entries: readonly TarEntry[], file: string): Promise<Omit<Layer, "createdBy">> {
  const [plain, packed] = [createHash("sha256"), createHash("sha256")];
  const part = `${file}.${process.pid}`;
  await pipeline(
    Readable.from(tar(entries)),
    through(plain),
    createGzip({ level: 9 }),
    through(packed),
    createWriteStream(part),
  );
  renameSync(part, file);
  const digests = { digest: `sha256:${packed.digest("hex")}`, diffId: `sha256:${plain.digest("hex")}` };
  return { file, size: statSync(file).size, ...digests };
}

function through(hash: Hash): (source: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
  return async function* (source) {
    for await (const chunk of source) {
      hash.update(chunk);
      yield chunk;
    }
  };
}

/** The hexadecimal SHA-256. */
export function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

/** The same of a file. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
