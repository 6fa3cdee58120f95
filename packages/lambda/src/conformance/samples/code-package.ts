import { Readable } from "node:stream";
import type { CodeFile, CodePackage } from "../../backend/index.ts";

/** Texts by path: relative to `/var/task`, or absolute. A mode defaults to 0o644. */
export type Files = Readonly<
  Record<string, string | { readonly text: string; readonly mode: number } | { readonly link: string }>
>;

/** A code package of text files and links. */
export function codePackage(files: Files): CodePackage {
  const entries = Object.entries(files).map(([name, content]) => {
    const path = name.startsWith("/") ? name : `/var/task/${name}`;
    const {
      text = "",
      mode = 0o644,
      link,
    } = (typeof content === "string" ? { text: content } : content) as {
      text?: string;
      mode?: number;
      link?: string;
    };
    const bytes = Buffer.from(text);
    const file: CodeFile = { path, mode, sizeBytes: bytes.byteLength, ...(link === undefined ? {} : { link }) };
    return { file, bytes };
  });
  return {
    files: entries.map(({ file }) => file),
    content: () => Readable.from(entries.map(({ bytes }) => bytes)),
    sizeBytes: entries.reduce((sum, { bytes }) => sum + bytes.byteLength, 0),
  };
}
