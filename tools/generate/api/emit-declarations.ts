import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { root } from "../../lib/run.ts";

/**
 * The declarations of all packages as the build emits them, without comments: text by source file (`k8s/src/names.ts`). Every export has
 * its type written out (`isolatedDeclarations`), so that nothing needs to be built or checked for them.
 */
export function emitDeclarations(): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "fc-declarations-"));
  try {
    const tsc = join(root, "node_modules", ".bin", "tsc");
    execFileSync(tsc, ["-p", join(root, "tools", "tsconfig.api.json"), "--outDir", folder], { stdio: "inherit" });
    const files = globSync("**/*.d.ts", { cwd: folder }).sort();
    return new Map(
      files.map((file) => [
        file.replace(/\.d\.ts$/, ".ts").replaceAll(sep, "/"),
        readFileSync(join(folder, file), "utf8"),
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
