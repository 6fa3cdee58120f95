import { join, posix } from "node:path";
import type { Mount } from "./isolation.ts";

/** Maps container paths to host paths where nothing can be mounted (isolation level "plain"). */
export interface PathMap {
  /** The host path of a container path; itself when nothing is mounted there. */
  path(containerPath: string): string;
  /** A text in which every path that is, or lies under, a mount is replaced. `of`: what may stand before a path. */
  rewrite(text: string, of: "argument" | "variable"): string;
}

export function createPathMap(mounts: readonly Mount[]): PathMap {
  // The longest first, so that the deepest mount wins.
  const known = mounts
    .map(({ containerPath, hostPath }) => ({ containerPath: posix.resolve("/", containerPath), hostPath }))
    .sort((a, b) => b.containerPath.length - a.containerPath.length);
  const alternatives = known.map(({ containerPath }) => escapeRegExp(containerPath)).join("|");
  const patterns = {
    // A shell script is one argument: paths stand after blanks, quotes, redirections and the like.
    argument: new RegExp(`(?<![\\w./~-])(?:${alternatives})(?![\\w.-])`, "g"),
    // A variable's value may be any text, a password for one: only PATH-like lists and options are searched.
    variable: new RegExp(`(?<=^|[:=, ])(?:${alternatives})(?=$|[/:, ])`, "g"),
  };
  const hostPathOf = new Map(known.map(({ containerPath, hostPath }) => [containerPath, hostPath]));
  return {
    path: (containerPath) => {
      const normal = posix.resolve("/", containerPath);
      const mount = known.find((one) => normal === one.containerPath || normal.startsWith(`${one.containerPath}/`));
      return mount === undefined ? normal : join(mount.hostPath, normal.slice(mount.containerPath.length));
    },
    rewrite: (text, of) =>
      known.length === 0 ? text : text.replace(patterns[of], (found) => hostPathOf.get(found) ?? found),
  };
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
