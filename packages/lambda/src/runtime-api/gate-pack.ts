import { createHash } from "node:crypto";
import { FcError } from "@fc/core";
import type { CodeFile, CodePackage } from "../backend/index.ts";
import type { FunctionEnvironment } from "./reserved-environment.ts";

/** `binary` for gates that are programs, `shell` for the one that is a bash script. */
export type PackFormat = "binary" | "shell";

/** Bytes of a digest: as it is in the binary format, as hexadecimal digits in the one for shells. */
const digestBytes = 32;
const hexDigestBytes = 64;
const shellEnd = ". ";

/** What goes through a gate. */
export interface Pack {
  readonly environment: FunctionEnvironment;
  readonly code: CodePackage;
  /** Names of the external extensions: the runtime waits for them. */
  readonly extensions: readonly string[];
}

/**
 * What stands before the bytes of the files.
 * binary: uint32BE n, n bytes JSON `{env, defaults, extensions, files: [[path, mode, size, link?]…]}`; `extensions` is whether there are any.
 * shell: a line n, n bytes of {@link shellText}.
 * @throws FcError `FC_LAMBDA_CODE_INVALID` for a path that a shell cannot read from a line.
 */
export function packHeader(format: PackFormat, pack: Pack): Uint8Array {
  if (format === "shell") {
    const text = Buffer.from(shellText(pack));
    return Buffer.concat([Buffer.from(`${text.length}\n`), text]);
  }
  const entries = pack.code.files.map((file) => [
    file.path,
    file.mode,
    file.sizeBytes,
    ...(file.link === undefined ? [] : [file.link]),
  ]);
  const extensions = pack.extensions.length > 0;
  const text = Buffer.from(JSON.stringify({ ...pack.environment, extensions, files: entries }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, text]);
}

/** The lines before one file in the shell format: `<octal mode> <size> <link or ->`, each value on a line of its own. */
export function filePrefix(file: CodeFile): Uint8Array {
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

/** How long the whole pack is, in bytes. */
export function packLength(format: PackFormat, pack: Pack): number {
  const { files } = pack.code;
  const header = packHeader(format, pack).byteLength;
  const content = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  if (format === "binary") return header + content + digestBytes;
  const around = files.reduce(
    (sum, file) => sum + filePrefix(file).byteLength + (file.sizeBytes > 0 ? hexDigestBytes + 1 : 0),
    0,
  );
  return header + content + around + shellEnd.length + hexDigestBytes + 1;
}

/**
 * The whole pack, with what a gate needs to know that it got all of it as it was sent.
 * binary: header, the bytes of the files, SHA-256 of all that.
 * shell: header, the files, each with its {@link filePrefix} before it and, unless it is empty, a line with its SHA-256 behind it;
 * then a line `. <SHA-256>`, of {@link shellText} and all prefixes.
 */
export async function* packContent(format: PackFormat, pack: Pack): AsyncIterable<Uint8Array> {
  yield* format === "binary" ? binaryContent(pack) : shellContent(pack);
}

async function* binaryContent(pack: Pack): AsyncIterable<Uint8Array> {
  const digest = createHash("sha256");
  const header = packHeader("binary", pack);
  digest.update(header);
  yield header;
  for await (const piece of pack.code.content()) {
    digest.update(piece);
    yield piece;
  }
  yield digest.digest();
}

async function* shellContent(pack: Pack): AsyncIterable<Uint8Array> {
  const { code } = pack;
  const text = createHash("sha256").update(shellText(pack));
  yield packHeader("shell", pack);
  const bytes = code.content()[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  for (const file of code.files) {
    const prefix = filePrefix(file);
    text.update(prefix);
    yield prefix;
    const digest = createHash("sha256");
    for (let left = file.sizeBytes; left > 0; ) {
      if (rest.byteLength === 0) {
        const next = await bytes.next();
        if (next.done === true) throw new FcError("FC_LAMBDA_CODE_INVALID", `The code ends within ${file.path}`);
        rest = next.value;
      }
      const piece = rest.subarray(0, left);
      rest = rest.subarray(piece.byteLength);
      left -= piece.byteLength;
      digest.update(piece);
      if (piece.byteLength > 0) yield piece;
    }
    if (file.sizeBytes > 0) yield Buffer.from(`${digest.digest("hex")}\n`);
  }
  yield Buffer.from(`${shellEnd}${text.digest("hex")}\n`);
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
