import type { CodeFile, CodePackage } from "../backend/function-spec.ts";
import type { CodeRef, VersionConfig } from "../state/records.ts";
import type { CodeStore } from "./code-store.ts";
import type { UnpackedFile } from "./unpacked.ts";

interface Placed {
  readonly file: UnpackedFile;
  readonly path: string;
  readonly part: number;
}

/** What a version's environments get: nothing where a container image has it all. */
export function packageOf(
  store: CodeStore,
  { image, code, layers }: Pick<VersionConfig, "image" | "code" | "layers">,
): CodePackage {
  return image === undefined ? codePackage(store, code, layers) : noCode;
}

const noCode: CodePackage = { files: [], sizeBytes: 0, content: async function* () {} };

/**
 * Code and layers as one package: code below `/var/task`, layers in order below `/opt`, where a later layer wins. The bytes
 * are read from the store as they are asked for; what was overridden is skipped.
 */
export function codePackage(
  store: Pick<CodeStore, "unpacked" | "content">,
  code: CodeRef,
  layers: readonly CodeRef[],
): CodePackage {
  const parts = [code, ...layers].map((part) => store.unpacked(part.sha256));
  const tree = new Map<string, Placed>();
  const folders = new Set<string>();
  parts.forEach((part, index) => {
    const root = index === 0 ? "/var/task/" : "/opt/";
    for (const file of part.files) place(tree, folders, { file, path: `${root}${file.path}`, part: index });
  });
  const placed = [...tree.values()].sort((a, b) => a.part - b.part || a.file.offset - b.file.offset);
  const files = placed.map(
    ({ file, path }): CodeFile => ({
      path,
      mode: file.mode,
      sizeBytes: file.sizeBytes,
      ...(file.link === undefined ? {} : { link: file.link }),
      ...(file.checksum === undefined ? {} : { checksum: file.checksum }),
    }),
  );
  return {
    files,
    sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
    content: async function* () {
      for (const [index, part] of parts.entries()) {
        const wanted = placed.filter((one) => one.part === index && one.file.sizeBytes > 0).map((one) => one.file);
        if (wanted.length > 0) yield* ranges(store.content(part.contentSha256), joined(wanted));
      }
    },
  };
}

function place(tree: Map<string, Placed>, folders: Set<string>, placed: Placed): void {
  const { path } = placed;
  if (folders.has(path)) for (const other of tree.keys()) if (other.startsWith(`${path}/`)) tree.delete(other);
  for (let at = path.indexOf("/", 1); at !== -1; at = path.indexOf("/", at + 1)) {
    const folder = path.slice(0, at);
    folders.add(folder);
    tree.delete(folder);
  }
  tree.set(path, placed);
}

interface Range {
  readonly offset: number;
  readonly sizeBytes: number;
}

/** Neighbours as one range: hundreds of files are a few large pieces then. */
function joined(files: readonly Range[]): Range[] {
  const all: Range[] = [];
  for (const { offset, sizeBytes } of files) {
    const last = all.at(-1);
    if (last === undefined || last.offset + last.sizeBytes !== offset) all.push({ offset, sizeBytes });
    else all[all.length - 1] = { offset: last.offset, sizeBytes: last.sizeBytes + sizeBytes };
  }
  return all;
}

/**
 * The wanted ranges of a stream; they are in order and do not overlap. The last of them comes only at the end of the stream, which tells
 * whether it is undamaged.
 */
async function* ranges(source: AsyncIterable<Uint8Array>, wanted: readonly Range[]): AsyncGenerator<Uint8Array> {
  let position = 0;
  let index = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of source) {
    const end = position + chunk.byteLength;
    for (let range = wanted[index]; range !== undefined && range.offset < end; range = wanted[index]) {
      const from = Math.max(range.offset, position);
      const to = Math.min(range.offset + range.sizeBytes, end);
      if (to > from) {
        if (held !== undefined) yield held;
        held = chunk.subarray(from - position, to - position);
      }
      if (range.offset + range.sizeBytes > end) break;
      index += 1;
    }
    position = end;
  }
  if (held !== undefined) yield held;
}
