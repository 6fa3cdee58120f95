import { existsSync, globSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "fc-kubectl");

/** The helm that `tools/kubectls.ts` fetched, else the one on the PATH. */
export const helmProgram: string = globSync(join(cache, "*", "helm")).find(existsSync) ?? "helm";
