import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./run.ts";

const stamp = join(root, ".cache", "built");

/** Builds the server and what it stands on. When nothing has changed since the last time, not even the build tool is started. */
export async function build(): Promise<void> {
  if (isFresh()) return;
  const code = await run("turbo", ["run", "build", "--filter=@fc/server...", "--output-logs=errors-only"]);
  if (code !== 0) process.exit(code);
  mkdirSync(join(root, ".cache"), { recursive: true });
  writeFileSync(stamp, "");
}

function isFresh(): boolean {
  if (!existsSync(stamp)) return false;
  const built = statSync(stamp).mtimeMs;
  const packages = readdirSync(join(root, "packages")).map((name) => join(root, "packages", name));
  return packages.every((path) => existsSync(join(path, "dist", "index.js")) && newest(path) < built);
}

/** When a package's inputs changed last. A folder's own time tells that a file was removed. */
function newest(path: string): number {
  const status = statSync(path);
  if (!status.isDirectory()) return status.mtimeMs;
  const names = readdirSync(path).filter((name) => !["dist", "node_modules", ".turbo", "test"].includes(name));
  // The package's own folder changes with dist; what counts are its inputs.
  const own = path.endsWith("packages") || names.includes("package.json") ? 0 : status.mtimeMs;
  return Math.max(own, ...names.map((name) => newest(join(path, name))));
}
