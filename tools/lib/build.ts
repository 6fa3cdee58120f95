import { run } from "./run.ts";

/** Builds the server and what it stands on; what is built already is taken from the cache. */
export async function build(): Promise<void> {
  const code = await run("turbo", [
    "run",
    "build",
    "--filter=@fc/server...",
    "--output-logs=errors-only",
    "--log-prefix=none",
    "--summarize=false",
  ]);
  if (code !== 0) process.exit(code);
}
