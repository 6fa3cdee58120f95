import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const sizeMiB = 8;

/** A file system of its own, which can be filled up. */
export interface SmallDisk extends Disposable {
  readonly path: string;
  /** Leaves no space at all. */
  fill(): void;
  free(): void;
  setReadOnly(isReadOnly: boolean): void;
}

/** Whether file systems can be mounted here: that needs root. Where not, it is said, and tests on a disk of their own are skipped. */
export function canMount(): boolean {
  try {
    mountSmallDisk()[Symbol.dispose]();
    return true;
  } catch (error) {
    process.stderr.write(`skipped, for want of a disk of its own: ${String(error)}\n`);
    return false;
  }
}

export function mountSmallDisk(): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), "fc-disk-"));
  const filler = join(path, "filler");
  try {
    run("mount", "-t", "tmpfs", "-o", `size=${sizeMiB}m,mode=0700`, "fc-disk", path);
  } catch (error) {
    rmdirSync(path);
    throw error;
  }
  return {
    path,
    fill: () => {
      const { bavail, bsize } = statfsSync(path);
      writeFileSync(filler, Buffer.alloc(Number(bavail) * Number(bsize)));
    },
    free: () => rmSync(filler, { force: true }),
    setReadOnly: (isReadOnly) => run("mount", "-o", `remount,${isReadOnly ? "ro" : "rw"}`, path),
    [Symbol.dispose]: () => {
      run("umount", path);
      rmdirSync(path);
    },
  };
}

function run(program: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? stderr.trim()}`);
}
