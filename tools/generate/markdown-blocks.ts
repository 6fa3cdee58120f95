/**
 * Parts of a Markdown page that come from elsewhere. A snippet is a code block below a marker that names a region
 * (`// #region name` … `// #endregion`) of a tested file; a block is generated text between two markers:
 *
 *     <!-- snippet: examples/embed-k8s/src/run-pod.ts#run -->      <!-- generated: k8s-role -->
 *     ```ts                                                        …
 *     ```                                                          <!-- /generated -->
 */
export interface MarkdownSources {
  /** Text of a file, by its path from the root of the repository. */
  readonly readFile: (path: string) => string;
  readonly blocks: Readonly<Record<string, () => string>>;
}

/** The page with all its parts as they should be. @throws Error when a marker names what does not exist */
export function fillMarkdown(page: string, sources: MarkdownSources): string {
  return page
    .replace(/(<!-- snippet: (\S+)#(\S+) -->\s*\n```\w*\n)([\s\S]*?)(?=```)/g, (_all, head, path, name) => {
      return `${head}${region(sources.readFile(path), path, name)}\n`;
    })
    .replace(/(<!-- generated: (\S+) -->\n)([\s\S]*?)(?=<!-- \/generated -->)/g, (_all, head, name) => {
      const block = sources.blocks[name];
      if (block === undefined)
        throw new Error(`no generated block "${name}"; there are: ${Object.keys(sources.blocks).join(", ")}`);
      return `${head}\n${block().trim()}\n\n`;
    });
}

/** The lines of a region, without their common indentation. */
export function region(source: string, path: string, name: string): string {
  const lines = source.split("\n");
  const start = lines.findIndex((line) => line.trim() === `// #region ${name}`);
  const length = lines.slice(start + 1).findIndex((line) => line.trim() === "// #endregion");
  if (start < 0 || length < 0) throw new Error(`${path} has no region "${name}"`);
  const body = lines.slice(start + 1, start + 1 + length);
  const indents = body.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  const indent = Math.min(...indents);
  return body.map((line) => line.slice(indent)).join("\n");
}
