import { build } from "./build.ts";
import { ensureEngines } from "./ensure-engines.ts";

/** What a server of this checkout needs to run: the built packages, and the engines of its caches. */
export async function prepare(): Promise<void> {
  await build();
  ensureEngines();
}
