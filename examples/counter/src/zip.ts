import { buffer } from "node:stream/consumers";
import { ZipFile } from "yazl";

/** A zip with these files, as Lambda takes it. */
export function zip(
  files: Readonly<Record<string, { readonly content: string | Uint8Array; readonly mode?: number }>>,
): Promise<Buffer> {
  const archive = new ZipFile();
  for (const [name, { content, mode = 0o644 }] of Object.entries(files)) {
    archive.addBuffer(Buffer.from(content as Uint8Array), name, { mode: 0o100000 | mode });
  }
  archive.end();
  return buffer(archive.outputStream);
}
