import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../lib/run.ts";

/** A way into a package. */
export interface Entry {
  /** What is imported: `@fc/k8s/testing`. */
  readonly specifier: string;
  /** `testing`; `index` for the package itself. */
  readonly name: string;
  /** Path of its source below packages/. */
  readonly source: string;
  /** Path of its JavaScript in the package. */
  readonly script: string;
}

/** A package that is published. */
export interface Package {
  readonly name: string;
  /** Its folder's name below packages/. */
  readonly folder: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly entries: readonly Entry[];
}

interface Conditions {
  readonly "@fc/source": string;
  readonly default: string;
}

/** The published packages, by their manifests. */
export function publishedPackages(): readonly Package[] {
  return globSync("packages/*/package.json", { cwd: root })
    .sort()
    .map((path) => {
      const folder = path.split(/[\\/]/)[1] ?? "";
      const manifest = JSON.parse(readFileSync(join(root, path), "utf8")) as Record<string, unknown>;
      const name = String(manifest["name"]);
      const entries = Object.entries(manifest["exports"] as Record<string, string | Conditions>).flatMap(
        ([subpath, conditions]): Entry[] =>
          typeof conditions === "string"
            ? []
            : [
                {
                  specifier: `${name}${subpath.slice(1)}`,
                  name: subpath === "." ? "index" : subpath.slice(2),
                  source: `${folder}/${conditions["@fc/source"].slice(2)}`,
                  script: conditions.default.slice(2),
                },
              ],
      );
      return { name, folder, manifest, entries };
    });
}
