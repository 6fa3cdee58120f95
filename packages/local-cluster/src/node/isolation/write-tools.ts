import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mount } from "./isolation.ts";

/** Shell scripts by program name. */
export type Tools = Readonly<Record<string, string>>;

/** Where a container finds its tools: the first folder of its PATH. */
export const toolsFolder = "/.fc/bin";

/** Writes shell scripts into a folder and says where to mount it. */
export function writeTools(folder: string, tools: Tools): Mount[] {
  if (Object.keys(tools).length === 0) return [];
  mkdirSync(folder, { recursive: true });
  for (const [name, script] of Object.entries(tools)) writeFileSync(join(folder, name), script, { mode: 0o755 });
  return [{ containerPath: toolsFolder, hostPath: folder, readOnly: true }];
}

/** The tools of all containers, each set written once: those of busybox are hundreds of files. */
export class ToolFolders {
  readonly #directory: string;
  readonly #written = new Map<string, Mount[]>();

  /** @param directory of this cluster alone; made when there is something to write */
  constructor(directory: string) {
    this.#directory = directory;
  }

  mountsOf(tools: Tools): Mount[] {
    const name = createHash("sha256").update(JSON.stringify(tools)).digest("hex");
    const known = this.#written.get(name);
    if (known !== undefined) return known;
    const mounts = writeTools(join(this.#directory, name), tools);
    this.#written.set(name, mounts);
    return mounts;
  }
}
