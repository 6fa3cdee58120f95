import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mount } from "./isolation.ts";

/** Where a container finds its tools: the first folder of its PATH. */
export const toolsFolder = "/.fc/bin";

/** Writes shell scripts into a folder of `directory` and says where to mount it. */
export function writeTools(directory: string, tools: Readonly<Record<string, string>>): Mount[] {
  if (Object.keys(tools).length === 0) return [];
  const folder = join(directory, "tools");
  mkdirSync(folder, { recursive: true });
  for (const [name, script] of Object.entries(tools)) writeFileSync(join(folder, name), script, { mode: 0o755 });
  return [{ containerPath: toolsFolder, hostPath: folder, readOnly: true }];
}
