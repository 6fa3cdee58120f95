interface Node {
  readonly path: string;
  readonly link?: string;
}

/** The path without `./` and doubled slashes; undefined when it is absolute, empty or climbs (`..`). */
export function relativePath(path: string): string | undefined {
  if (path.startsWith("/") || path.includes("\0") || /^[a-zA-Z]:/.test(path)) return undefined;
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return parts.length === 0 || parts.includes("..") ? undefined : parts.join("/");
}

/**
 * Whether the files make a tree that stays below its root: no file lies below another file or below a link, and no link
 * leads out, also not through other links.
 */
export function checkTree(files: ReadonlyMap<string, Node>): boolean {
  for (const file of files.values()) {
    for (let at = file.path.indexOf("/"); at !== -1; at = file.path.indexOf("/", at + 1))
      if (files.has(file.path.slice(0, at))) return false;
    if (file.link !== undefined && !staysInside(file.path, file.link, files)) return false;
  }
  return true;
}

/** Follows a link as the kernel would. A loop is harmless: it leads nowhere. */
function staysInside(path: string, link: string, files: ReadonlyMap<string, Node>): boolean {
  if (link === "" || link.includes("\0")) return false;
  const reached = path.split("/").slice(0, -1);
  const ahead = [link];
  for (let steps = 0; ahead.length > 0 && steps < 40; steps += 1) {
    const target = ahead.pop() as string;
    if (target.startsWith("/")) return false;
    const parts = target.split("/");
    for (let index = 0; index < parts.length; index += 1) {
      const part = parts[index] as string;
      if (part === "" || part === ".") continue;
      if (part === "..") {
        if (reached.pop() === undefined) return false;
        continue;
      }
      const next = files.get([...reached, part].join("/"))?.link;
      if (next === undefined) {
        reached.push(part);
        continue;
      }
      const rest = parts.slice(index + 1).join("/");
      ahead.push(...(rest === "" ? [next] : [rest, next]));
      break;
    }
  }
  return true;
}
