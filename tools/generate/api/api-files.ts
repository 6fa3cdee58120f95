import { apiPage } from "./api-page.ts";
import { emitDeclarations } from "./emit-declarations.ts";
import { publishedPackages } from "./package-entries.ts";
import { packedFiles } from "./packed-files.ts";

/** The committed faces of the published packages: `api/<entry>.md` for every entry point, `api/files.txt` for the tarball; text by path. */
export function apiFiles(): Readonly<Record<string, string>> {
  const declarations = emitDeclarations();
  const textOf = (path: string): string => {
    const text = declarations.get(path);
    if (text === undefined) throw new Error(`packages/${path} is exported from, but not there`);
    return text;
  };
  const pages = publishedPackages().flatMap((published) => {
    const at = `packages/${published.folder}/api`;
    return [
      ...published.entries.map(
        ({ specifier, name, source }) => [`${at}/${name}.md`, apiPage(specifier, source, { textOf })] as const,
      ),
      [`${at}/files.txt`, `${packedFiles(published, declarations.keys()).join("\n")}\n`] as const,
    ];
  });
  return Object.fromEntries(pages);
}
