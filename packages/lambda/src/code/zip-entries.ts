import type { Readable } from "node:stream";
import { type Entry, fromBufferPromise, type ZipFile } from "yauzl";
import { invalidParameter } from "../aws-errors.ts";
import { Cksum } from "./cksum.ts";
import type { CodeLimits } from "./code-limits.ts";
import { checkTree, relativePath } from "./file-tree.ts";
import type { UnpackedFile } from "./unpacked.ts";

const typeMask = 0o170000;
const typeLink = 0o120000;
const typeDirectory = 0o040000;
const typeRegular = 0o100000;
const maximumLinkBytes = 4096;

/**
 * Inflates a zip: yields the bytes of its files one after the other and fills `files` on the way. What the headers say
 * about sizes is not believed. Names that leave the root, links that do, special files and encrypted entries are refused.
 * @throws AwsError `InvalidParameterValueException` in Lambda's words
 */
export async function* inflateZip(
  zip: Uint8Array,
  limits: CodeLimits,
  files: UnpackedFile[],
): AsyncGenerator<Uint8Array> {
  if (zip.byteLength === 0) throw invalidParameter("Uploaded file must be a non-empty zip");
  const archive = await opened(zip);
  const found = new Map<string, UnpackedFile>();
  let offset = 0;
  let count = 0;
  for await (const entry of entriesOf(archive)) {
    count += 1;
    if (count > limits.files) throw invalidParameter(`The zip holds more than ${limits.files} files.`);
    const file = describe(entry);
    if (file === undefined) continue;
    const start = offset;
    const kept: Uint8Array[] = [];
    const checksum = new Cksum();
    for await (const chunk of bytesOf(archive, entry)) {
      offset += chunk.byteLength;
      if (offset > limits.unzippedBytes)
        throw invalidParameter(`Unzipped size must be smaller than ${limits.unzippedBytes} bytes`);
      if (!file.isLink) {
        checksum.update(chunk);
        yield chunk;
      } else if (offset - start > maximumLinkBytes) throw unreadable();
      else kept.push(chunk);
    }
    if (file.isLink) offset = start;
    found.delete(file.path);
    found.set(file.path, {
      path: file.path,
      mode: file.mode,
      offset: start,
      sizeBytes: offset - start,
      ...(file.isLink ? { link: Buffer.concat(kept).toString("utf8") } : { checksum: checksum.digest() }),
    });
  }
  if (found.size === 0) throw invalidParameter("Uploaded file must be a non-empty zip");
  if (!checkTree(found)) throw unreadable();
  files.push(...found.values());
}

function describe(entry: Entry): { path: string; mode: number; isLink: boolean } | undefined {
  const unix = entry.versionMadeBy >>> 8 === 3 ? entry.externalFileAttributes >>> 16 : 0;
  const type = unix & typeMask;
  if (entry.fileName.endsWith("/") || type === typeDirectory) return undefined;
  if (type !== 0 && type !== typeRegular && type !== typeLink) throw unreadable();
  const path = relativePath(entry.fileName);
  if (path === undefined) throw unreadable();
  const mode = unix & 0o777;
  return { path, mode: mode === 0 ? 0o644 : mode, isLink: type === typeLink };
}

async function opened(zip: Uint8Array): Promise<ZipFile> {
  try {
    return await fromBufferPromise(Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength), { lazyEntries: true });
  } catch (error) {
    throw unreadable(error);
  }
}

async function* entriesOf(archive: ZipFile): AsyncGenerator<Entry> {
  const entries = archive.eachEntry()[Symbol.asyncIterator]();
  for (;;) {
    let next: IteratorResult<Entry>;
    try {
      next = await entries.next();
    } catch (error) {
      throw unreadable(error);
    }
    if (next.done === true) return;
    yield next.value;
  }
}

async function* bytesOf(archive: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  let stream: Readable;
  try {
    stream = await archive.openReadStreamPromise(entry);
  } catch (error) {
    throw unreadable(error);
  }
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    for (;;) {
      let next: IteratorResult<Buffer>;
      try {
        next = await chunks.next();
      } catch (error) {
        throw unreadable(error);
      }
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    stream.destroy();
  }
}

function unreadable(cause?: unknown): Error {
  const error = invalidParameter("Could not unzip uploaded file. Please check your file, then try to upload again.");
  if (cause !== undefined) error.cause = cause;
  return error;
}
