import { execFileSync, spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileEntries, folderEntry, textEntry } from "./file-entries.ts";
import { dataFolder, imageUser } from "./image-config.ts";
import type { TarEntry } from "./tar.ts";

/** What Node.js needs of a system, and what says which system it is. What gcr.io/distroless/cc has, less time zones and network names. */
const packages = ["base-files", "ca-certificates", "libc6", "libgcc-s1", "libstdc++6"];

/** Name and version of every package that goes into the image, in this machine's release of Debian or Ubuntu: `name=version`. */
export function packageVersions(): string[] {
  const found = tryVersions();
  if (found !== undefined) return found;
  run("apt-get", ["update", "-qq"]);
  const updated = tryVersions();
  if (updated === undefined) throw new Error(`apt-cache does not know all of ${packages.join(", ")}`);
  return updated;
}

function tryVersions(): string[] | undefined {
  const about = spawnSync("apt-cache", ["show", "--no-all-versions", ...packages], { encoding: "utf8" });
  if (about.status !== 0) return undefined;
  // The C++ library's licence is in a package of its own.
  const [licence] = /\bgcc-\d+-base\b/.exec(about.stdout) ?? [];
  const all = spawnSync(
    "apt-cache",
    ["show", "--no-all-versions", ...packages, ...(licence === undefined ? [] : [licence])],
    {
      encoding: "utf8",
    },
  );
  const fields = [...all.stdout.matchAll(/^(Package|Version): (.*)$/gm)].map(([, , value]) => value);
  return fields.flatMap((name, index) => (index % 2 === 0 ? [`${name}=${fields[index + 1]}`] : [])).sort();
}

/** The root of the image without the program: no shell, no package manager, nobody but root and the server's user. */
export function baseEntries(versions: readonly string[], scratch: string): TarEntry[] {
  mkdirSync(scratch, { recursive: true });
  const folder = mkdtempSync(join(scratch, "base-"));
  try {
    const root = join(folder, "root");
    run("apt-get", ["download", "-qq", "-o", "APT::Sandbox::User=root", ...versions], folder);
    const files = globSync(join(folder, "*.deb")).sort();
    mkdirSync(root);
    for (const file of files) run("dpkg-deb", ["--extract", file, root]);
    return unique([...readNow(fileEntries(root, "")), ...ownEntries(root, files)]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function ownEntries(root: string, packageFiles: readonly string[]): TarEntry[] {
  const { id, name, home } = imageUser;
  const nobody = "/sbin/nologin";
  return [
    textEntry("etc/passwd", `root:x:0:0:root:/root:${nobody}\n${name}:x:${id}:${id}:${name}:${home}:${nobody}\n`),
    textEntry("etc/group", `root:x:0:\n${name}:x:${id}:\n`),
    textEntry("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
    folderEntry("etc/ssl"),
    folderEntry("etc/ssl/certs"),
    textEntry("etc/ssl/certs/ca-certificates.crt", certificates(join(root, "usr/share/ca-certificates/mozilla"))),
    folderEntry("tmp", 0o1777),
    folderEntry("home"),
    folderEntry(home.slice(1), 0o700, id),
    folderEntry(dataFolder.slice(1), 0o700, id),
    // Where scanners look for the packages of an image without a package manager.
    folderEntry("var/lib/dpkg"),
    folderEntry("var/lib/dpkg/status.d"),
    ...packageFiles.map((file) =>
      textEntry(`var/lib/dpkg/status.d/${field(file, "Package")}`, run("dpkg-deb", ["--field", file])),
    ),
  ];
}

/** What the package's own script would make of them. */
function certificates(folder: string): string {
  return readdirSync(folder)
    .sort()
    .map((name) => `${readFileSync(join(folder, name), "utf8").trim()}\n`)
    .join("");
}

/** The last of each path, so that ours win over the packages'. */
function unique(entries: readonly TarEntry[]): TarEntry[] {
  return [...new Map(entries.map((entry) => [entry.path, entry])).values()];
}

/** With the contents in memory: the files are about to go. */
function readNow(entries: readonly TarEntry[]): TarEntry[] {
  return entries.map((entry) => {
    if (entry.content.type !== "file") return entry;
    const data = entry.content.read();
    return { ...entry, content: { type: "file", read: () => data } };
  });
}

function field(file: string, name: string): string {
  return run("dpkg-deb", ["--field", file, name]).trim();
}

function run(program: string, args: readonly string[], cwd?: string): string {
  return execFileSync(program, args, {
    encoding: "utf8",
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ["ignore", "pipe", "inherit"],
  });
}
