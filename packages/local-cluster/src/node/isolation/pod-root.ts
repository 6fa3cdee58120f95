import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, posix } from "node:path";
import type { Mount } from "./isolation.ts";

/** What of the machine a container sees, read-only. Home folders, /var and /opt are not among it. */
const systemFolders = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/nix"];
const ownFolders = [
  "dev/pts",
  "dev/shm",
  "home",
  "opt",
  "proc",
  "root",
  "run",
  "srv",
  "sys",
  "var/lib",
  "var/log",
  "var/cache",
];
const devices = ["null", "zero", "full", "random", "urandom", "tty"];

/** A folder that is to become a container's root, and the fstab lines that make it one. */
export interface PodRoot {
  readonly root: string;
  readonly fstab: string;
}

/**
 * Builds the folder of a container's root: symbolic links and mount points on disk, everything else as mounts that are
 * made later, inside the container's own mount namespace. So nothing of it is visible, or deletable, on the host.
 */
export function buildPodRoot(root: string, mounts: readonly Mount[]): PodRoot {
  const builder = new RootBuilder(root);
  for (const folder of ownFolders) mkdirSync(join(root, folder), { recursive: true });
  for (const folder of ["tmp", "var/tmp"]) {
    mkdirSync(join(root, folder), { recursive: true });
    chmodSync(join(root, folder), 0o1777);
  }
  symlinkSync("/run", join(root, "var/run"));
  for (const folder of systemFolders) builder.addSystemFolder(folder);
  for (const mount of [...mounts].sort((a, b) => depth(a.containerPath) - depth(b.containerPath))) builder.place(mount);
  return { root, fstab: [...builder.lines(), ...deviceLines(root)].join("\n").concat("\n") };
}

function deviceLines(root: string): string[] {
  for (const [link, target] of [
    ["fd", "/proc/self/fd"],
    ["stdin", "/proc/self/fd/0"],
    ["stdout", "/proc/self/fd/1"],
    ["stderr", "/proc/self/fd/2"],
    ["ptmx", "pts/ptmx"],
  ] as const) {
    symlinkSync(target, join(root, "dev", link));
  }
  return [
    `proc ${fstabPath(join(root, "proc"))} proc nosuid,nodev,noexec`,
    ...devices.map((name) => {
      writeFileSync(join(root, "dev", name), "");
      return `/dev/${name} ${fstabPath(join(root, "dev", name))} none bind`;
    }),
    `devpts ${fstabPath(join(root, "dev/pts"))} devpts newinstance,ptmxmode=0666,mode=620`,
    `tmpfs ${fstabPath(join(root, "dev/shm"))} tmpfs nosuid,nodev`,
  ];
}

class RootBuilder {
  readonly #root: string;
  readonly #binds = new Map<string, Mount>();
  readonly #links = new Map<string, string>();

  constructor(root: string) {
    this.#root = root;
  }

  addSystemFolder(path: string): void {
    if (!existsSync(path)) return;
    if (lstatSync(path).isSymbolicLink()) this.#link(path, readlinkSync(path));
    else this.#bind({ hostPath: path, containerPath: path, readOnly: true });
  }

  /** Adds a mount, making room for its mount point in whatever is mounted there already. */
  place(mount: Mount): void {
    const containerPath = this.#resolve(mount.containerPath);
    for (;;) {
      const cover = this.#covering(containerPath);
      if (cover === undefined) break;
      const under = join(cover.hostPath, containerPath.slice(cover.containerPath.length));
      if (existsSync(under)) break;
      if (!cover.readOnly) {
        makeMountPoint(under, mount.hostPath);
        break;
      }
      this.#split(cover);
    }
    this.#bind({ ...mount, containerPath });
  }

  /** In the order of their depth: a mount comes after everything it lies in. */
  lines(): string[] {
    const binds = [...this.#binds.values()].sort((a, b) => depth(a.containerPath) - depth(b.containerPath));
    const self = `${fstabPath(this.#root)} ${fstabPath(this.#root)} none bind`;
    return [
      self,
      ...binds.map(({ hostPath, containerPath, readOnly }) => {
        const target = fstabPath(join(this.#root, containerPath));
        return `${fstabPath(hostPath)} ${target} none rbind${readOnly ? ",ro" : ""}`;
      }),
    ];
  }

  /** Mounts the children of a read-only folder one by one, so that a mount point can be made between them. */
  #split(mount: Mount): void {
    this.#binds.delete(mount.containerPath);
    mkdirSync(join(this.#root, mount.containerPath), { recursive: true });
    for (const entry of readdirSync(mount.hostPath, { withFileTypes: true })) {
      const hostPath = join(mount.hostPath, entry.name);
      const containerPath = posix.join(mount.containerPath, entry.name);
      if (this.#binds.has(containerPath)) continue;
      if (entry.isSymbolicLink()) this.#link(containerPath, readlinkSync(hostPath));
      else if (entry.isDirectory() || entry.isFile()) this.#bind({ hostPath, containerPath, readOnly: true });
    }
  }

  #bind(mount: Mount): void {
    const cover = this.#covering(mount.containerPath);
    if (cover === undefined) makeMountPoint(join(this.#root, mount.containerPath), mount.hostPath);
    this.#binds.set(mount.containerPath, mount);
  }

  #link(containerPath: string, target: string): void {
    symlinkSync(target, join(this.#root, containerPath));
    this.#links.set(containerPath, posix.resolve(posix.dirname(containerPath), target));
  }

  #covering(path: string): Mount | undefined {
    for (let folder = posix.dirname(path); folder !== "/"; folder = posix.dirname(folder)) {
      const bind = this.#binds.get(folder);
      if (bind !== undefined) return bind;
    }
    return undefined;
  }

  /** The path with the links of the root itself (/bin, /lib) followed, as mount points must not lie behind one. */
  #resolve(path: string): string {
    const normal = posix.resolve("/", path);
    for (const [link, target] of this.#links) {
      if (normal.startsWith(`${link}/`)) return target + normal.slice(link.length);
    }
    return normal;
  }
}

function makeMountPoint(path: string, like: string): void {
  const isFolder = statSync(like).isDirectory();
  mkdirSync(isFolder ? path : dirname(path), { recursive: true });
  if (!isFolder && !existsSync(path)) writeFileSync(path, "");
}

function depth(path: string): number {
  return path.split("/").filter((part) => part !== "").length;
}

/** fstab writes blanks and backslashes in octal. */
function fstabPath(path: string): string {
  return path.replace(/[\\ \t\n#]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, "0")}`);
}
