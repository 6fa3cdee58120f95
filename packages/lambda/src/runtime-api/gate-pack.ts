import { createHash } from "node:crypto";
import { FcError } from "@fc/core";
import type { CodeFile, CodePackage } from "../backend/index.ts";
import { Cksum } from "../code/cksum.ts";
import type { FunctionEnvironment } from "./reserved-environment.ts";

/** `binary` for gates that are programs, `shell` for the one that is a bash script. */
export type PackFormat = "binary" | "shell";

/** Bytes of a digest in the binary format. */
const digestBytes = 32;
/** Digits of a checksum in the one for shells. */
const sumDigits = 10;

/** What goes through a gate. */
export interface Pack {
  readonly environment: FunctionEnvironment;
  readonly code: CodePackage;
  /** Names of the external extensions: the runtime waits for them. */
  readonly extensions: readonly string[];
}

/** A pack as it is sent. */
export interface SealedPack {
  readonly lengthBytes: number;
  readonly content: () => AsyncIterable<Uint8Array>;
}

/**
 * The whole pack, with what a gate needs to know that it got all of it as it was sent.
 * binary: uint32BE n, n bytes JSON `{env, defaults, extensions, files: [[path, mode, size, link?]…]}`, where `extensions` is whether
 * there are any; the bytes of the files; SHA-256 of all that.
 * shell: a line n, n bytes of {@link shellText}; the files, each with its {@link filePrefix} before it and, unless it is empty, a
 * {@link sumLine} behind it; then `. ` and the line of {@link shellText} and all prefixes.
 * @throws FcError `FC_LAMBDA_CODE_INVALID` for a path that a shell cannot read from a line.
 */
export function sealPack(format: PackFormat, pack: Pack): SealedPack {
  return format === "binary" ? binaryPack(pack) : shellPack(pack);
}

function binaryPack({ environment, code, extensions }: Pack): SealedPack {
  const files = code.files.map((file) => [
    file.path,
    file.mode,
    file.sizeBytes,
    ...(file.link === undefined ? [] : [file.link]),
  ]);
  const text = Buffer.from(JSON.stringify({ ...environment, extensions: extensions.length > 0, files }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  const header = Buffer.concat([length, text]);
  return {
    lengthBytes: header.length + sum(code.files.map(({ sizeBytes }) => sizeBytes)) + digestBytes,
    content: async function* () {
      const digest = createHash("sha256").update(header);
      yield header;
      for await (const piece of code.content()) {
        digest.update(piece);
        yield piece;
      }
      yield digest.digest();
    },
  };
}

function shellPack(pack: Pack): SealedPack {
  const text = Buffer.from(shellText(pack));
  const header = Buffer.concat([Buffer.from(`${text.length}\n`), text]);
  const files = pack.code.files.map((file) => ({ file, prefix: filePrefix(file) }));
  const checksum = new Cksum().update(text);
  for (const { prefix } of files) checksum.update(prefix);
  const textBytes = text.length + sum(files.map(({ prefix }) => prefix.length));
  const end = Buffer.from(`. ${sumLine(checksum.digest(), textBytes)}`);
  const lengths = files.map(
    ({ file: { sizeBytes }, prefix }) => prefix.length + (sizeBytes > 0 ? sizeBytes + sumLine(0, sizeBytes).length : 0),
  );
  return {
    lengthBytes: header.length + sum(lengths) + end.length,
    content: async function* () {
      yield header;
      yield* shellFiles(files, pack.code.content());
      yield end;
    },
  };
}

async function* shellFiles(
  files: readonly { readonly file: CodeFile; readonly prefix: Uint8Array }[],
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const bytes = content[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  for (const { file, prefix } of files) {
    yield prefix;
    // Known since the code was uploaded: it takes none of the time of a claim.
    const digest = file.checksum === undefined ? new Cksum() : undefined;
    for (let left = file.sizeBytes; left > 0; ) {
      if (rest.byteLength === 0) {
        const next = await bytes.next();
        if (next.done === true) throw new FcError("FC_LAMBDA_CODE_INVALID", `The code ends within ${file.path}`);
        rest = next.value;
      }
      const piece = rest.subarray(0, left);
      rest = rest.subarray(piece.byteLength);
      left -= piece.byteLength;
      digest?.update(piece);
      if (piece.byteLength > 0) yield piece;
    }
    const checksum = digest?.digest() ?? file.checksum ?? 0;
    if (file.sizeBytes > 0) yield Buffer.from(sumLine(checksum, file.sizeBytes));
  }
}

/** What `cksum` writes before a file's name; spaces before it, which the shell drops, have it always take as much room. */
function sumLine(checksum: number, sizeBytes: number): string {
  return `${String(checksum).padStart(sumDigits)} ${sizeBytes}\n`;
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all + size, 0);
}

/** The lines before one file in the shell format: `<octal mode> <size> <link or ->`, each value on a line of its own. */
function filePrefix(file: CodeFile): Buffer {
  for (const value of [file.path, file.link ?? ""]) {
    if (value.includes("\n"))
      throw new FcError(
        "FC_LAMBDA_CODE_INVALID",
        `The path ${JSON.stringify(value)} holds a line break, which this runtime cannot unpack`,
        {
          fault: "user",
        },
      );
  }
  return Buffer.from(`${(file.mode & 0o777).toString(8)} ${file.sizeBytes}\n${file.path}\n${file.link ?? ""}\n`);
}

/** Exports the environment, and sets `fc_extensions` to the names of the extensions. */
export function shellText({ environment, extensions }: Omit<Pack, "code">): string {
  const quote = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`;
  const isName = ([name]: readonly [string, string]): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
  return [
    ...Object.entries(environment.defaults)
      .filter(isName)
      .map(([name, value]) => `[ -n "\${${name}+set}" ] || export ${name}=${quote(value)}\n`),
    ...Object.entries(environment.env)
      .filter(isName)
      .map(([name, value]) => `export ${name}=${quote(value)}\n`),
    ...(extensions.length === 0 ? [] : [`fc_extensions=(${extensions.map(quote).join(" ")})\n`]),
  ].join("");
}
