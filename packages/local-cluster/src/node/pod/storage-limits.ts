import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@fc/core";
import type { Pod } from "../pod-types.ts";
import { parseQuantity } from "./quantity.ts";

export interface StorageLimitsOptions {
  readonly pod: Pod;
  readonly clock: Clock;
  /** Volume name → host folder. */
  readonly volumes: ReadonlyMap<string, string>;
  /** What a container writes outside of its volumes. */
  readonly containerFolders: (container: string) => readonly string[];
  /** Called once, with the kubelet's words. */
  readonly onExceeded: (message: string) => void;
}

interface StorageLimit {
  readonly folders: () => readonly string[];
  readonly bytes: number;
  readonly message: string;
}

const everyMs = 10_000;

/** Measures what has a limit every 10 s until the returned function is called. Without limits it does nothing. */
export function watchStorageLimits(options: StorageLimitsOptions): () => void {
  const limits = limitsOf(options);
  if (limits.length === 0) return () => undefined;
  let stopped = false;
  let cancel: () => void = () => undefined;
  const check = async (): Promise<void> => {
    for (const { folders, bytes, message } of limits) {
      const used = await Promise.all(folders().map(bytesIn));
      if (stopped) return;
      if (used.reduce((sum, size) => sum + size, 0) > bytes) return options.onExceeded(message);
    }
    cancel = options.clock.after(everyMs, () => void check());
  };
  cancel = options.clock.after(everyMs, () => void check());
  return () => {
    stopped = true;
    cancel();
  };
}

function limitsOf({ pod, volumes, containerFolders }: StorageLimitsOptions): StorageLimit[] {
  const limits: StorageLimit[] = [];
  for (const { name, emptyDir } of pod.spec.volumes ?? []) {
    const bytes = parseQuantity(emptyDir?.sizeLimit);
    if (!bytes) continue;
    const message = `Usage of EmptyDir volume "${name}" exceeds the limit "${emptyDir?.sizeLimit}". `;
    limits.push({ bytes, message, folders: () => [volumes.get(name) ?? ""] });
  }
  for (const { name, resources } of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) {
    const limit = resources?.limits?.["ephemeral-storage"];
    const bytes = parseQuantity(limit);
    if (!bytes) continue;
    const message = `Container ${name} exceeded its local ephemeral storage limit "${limit}". `;
    limits.push({ bytes, message, folders: () => containerFolders(name) });
  }
  return limits;
}

/** The disk space of everything in `path`; links are not followed, and what vanishes meanwhile counts nothing. */
async function bytesIn(path: string): Promise<number> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat === undefined) return 0;
  let bytes = stat.blocks * 512;
  if (!stat.isDirectory()) return bytes;
  for (const name of await readdir(path).catch(() => [])) bytes += await bytesIn(join(path, name));
  return bytes;
}
