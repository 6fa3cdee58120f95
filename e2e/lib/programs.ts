import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/**
 * Whether a program can be run, for tests that drive an official client. Its absence skips the test and says so; with FC_REQUIRE_TOOLS=1 (CI) it is
 * not hidden: the test runs, and fails.
 */
export async function lacks(program: string, ...versionArguments: string[]): Promise<boolean> {
  if (process.env["FC_REQUIRE_TOOLS"] === "1") return false;
  try {
    await execute(program, versionArguments);
    return false;
  } catch {
    console.warn(`skipped: ${[program, ...versionArguments].join(" ")} does not run on this machine`);
    return true;
  }
}

/** Runs a program and gives what it printed. Rejects with its error output when it fails. */
export async function execProgram(
  program: string,
  args: readonly string[],
  environment: Record<string, string>,
): Promise<string> {
  const { stdout } = await execute(program, args, { env: environment, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}
