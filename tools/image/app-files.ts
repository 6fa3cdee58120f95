import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { build } from "../lib/build.ts";
import { childEnvironment, root } from "../lib/run.ts";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Bundled into the packages that use it: what stands in their manifests is for its types. */
const bundled = new Set(["@kubernetes/client-node"]);

/** A package that the server needs, where this repository has it. */
interface Installed {
  readonly name: string;
  /** Real path of its folder. */
  readonly folder: string;
  /** Name of its place in the image. */
  readonly key: string;
  readonly dependencies: ReadonlyMap<string, Installed>;
}

/**
 * Puts the server into a folder as `npm install @fc/server` would: its own packages as they are published, and all that they need at run time in
 * the versions that are installed here, which are those of the lockfile. Each package stands in a folder of its own with links to what it needs,
 * as pnpm lays them out.
 */
export async function deployApp(target: string): Promise<void> {
  await build();
  rmSync(target, { recursive: true, force: true });
  mkdirSync(dirname(target), { recursive: true });
  const published = mkdtempSync(join(dirname(target), "published-"));
  try {
    const ours = unpackPublished(published);
    const server = installed(join(root, "packages/server"), new Map());
    cpSync(ours.get(server.name) ?? "", target, { recursive: true });
    place(server, target, ours);
  } finally {
    rmSync(published, { recursive: true });
  }
}

/** The tarballs of the server and the packages of this repository below it, unpacked: folder by name. */
function unpackPublished(folder: string): Map<string, string> {
  const args = ["-r", "--filter", "@fc/server...", "--filter", "!@fc-repo/*", "pack", "--pack-destination", folder];
  // The package manager that started this, when it was the right one.
  const own = process.env["npm_execpath"] ?? "";
  const [program, ...first] = own.includes("pnpm") ? [process.execPath, own] : ["npx", "--yes", packageManager()];
  const packed = spawnSync(program, [...first, ...args], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    env: childEnvironment(),
  });
  if (packed.status !== 0) throw new Error(`pnpm ${args.join(" ")} failed`);
  const tarballs = readdirSync(folder);
  return new Map(
    tarballs.map((tarball) => {
      const into = join(folder, basename(tarball, ".tgz"));
      mkdirSync(into);
      execFileSync("tar", ["-xzf", join(folder, tarball), "-C", into, "--strip-components=1"]);
      settleManifest(join(into, "package.json"));
      return [manifestOf(into).name, into];
    }),
  );
}

/** pnpm writes what comes from the workspace in any order. */
function settleManifest(file: string): void {
  const { devDependencies: _, ...manifest } = JSON.parse(readFileSync(file, "utf8")) as Manifest & {
    devDependencies: object;
  };
  const sorted = Object.entries(manifest.dependencies ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));
  writeFileSync(file, `${JSON.stringify({ ...manifest, dependencies: Object.fromEntries(sorted) }, null, 2)}\n`);
}

function packageManager(): string {
  return (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { packageManager: string }).packageManager;
}

/** Finds what a package needs, the packages' own needs included. */
function installed(folder: string, known: Map<string, Installed>): Installed {
  const { name, version, dependencies = {}, optionalDependencies = {} } = manifestOf(folder);
  const found = new Map<string, Installed>();
  // Two of one version differ in what they were given as peers: their places in the repository tell them apart.
  const place = /\/\.pnpm\/([^/]+)\//.exec(folder)?.[1] ?? `${name.replace("/", "+")}@${version}`;
  const self: Installed = { name, folder, key: place, dependencies: found };
  known.set(folder, self);
  for (const dependency of Object.keys({ ...dependencies, ...optionalDependencies })) {
    if (bundled.has(dependency)) continue;
    const at = resolveFrom(folder, dependency);
    if (at !== undefined) found.set(dependency, known.get(at) ?? installed(at, known));
    else if (!(dependency in optionalDependencies))
      throw new Error(`${name} needs ${dependency}, which is not installed`);
  }
  return self;
}

/** As Node.js looks for it. */
function resolveFrom(folder: string, dependency: string): string | undefined {
  for (let above = folder; above !== dirname(above); above = dirname(above)) {
    const at = join(above, "node_modules", dependency);
    if (existsSync(join(at, "package.json"))) return realpathSync(at);
  }
  return undefined;
}

/** Copies what the server needs, each once, and links everybody to what he needs. */
function place(server: Installed, target: string, ours: ReadonlyMap<string, string>): void {
  const store = join(target, "node_modules", ".pnpm");
  const folderOf = ({ key, name }: Installed): string => join(store, key, "node_modules", name);
  const placed = new Set([server]);
  const link = (from: string, dependencies: ReadonlyMap<string, Installed>): void => {
    for (const [name, dependency] of dependencies) {
      const at = join(from, name);
      mkdirSync(dirname(at), { recursive: true });
      symlinkSync(relative(dirname(at), folderOf(dependency)), at);
      if (placed.has(dependency)) continue;
      placed.add(dependency);
      copy(ours.get(dependency.name) ?? dependency.folder, folderOf(dependency));
      link(join(store, dependency.key, "node_modules"), dependency.dependencies);
    }
  };
  link(join(target, "node_modules"), server.dependencies);
}

function copy(from: string, to: string): void {
  const nested = join(from, "node_modules");
  cpSync(from, to, { recursive: true, filter: (path) => path !== nested });
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}
