import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/** A Java of this machine. */
export interface JavaProgram {
  /** Of the program `java`, without links. */
  readonly path: string;
  /** Its installation's. */
  readonly home: string;
  /** `17.0.15`; `unknown` when the installation does not say. */
  readonly version: string;
}

/** Where distributions have one folder for each Java. */
const installations = "/usr/lib/jvm";

/**
 * The Java for a version that a function wants (`21`): that one if it is here, else the oldest newer one, which runs its classes as
 * well, else the one on the search path.
 */
export function findJava(
  wanted: string,
  find: (name: string) => string | undefined,
  folder: string = installations,
): JavaProgram | undefined {
  const onPath = find("java");
  const homes = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, "bin/java")) : [];
  const all = [...(onPath === undefined ? [] : [onPath]), ...homes].filter((path) => existsSync(path)).map(javaAt);
  const major = majorOf(wanted);
  const fit = all.filter(({ version }) => majorOf(version) >= major);
  return fit.sort((a, b) => majorOf(a.version) - majorOf(b.version))[0] ?? all[0];
}

function javaAt(program: string): JavaProgram {
  const path = realpathSync(program);
  const home = dirname(dirname(path));
  const release = join(home, "release");
  const text = existsSync(release) ? readFileSync(release, "utf8") : "";
  return { path, home, version: /^JAVA_VERSION="([^"]+)"/m.exec(text)?.[1] ?? "unknown" };
}

/** 0 when there is none. Java 8 calls itself 1.8. */
function majorOf(version: string): number {
  return Number.parseInt(version.replace(/^1\./, ""), 10) || 0;
}
