import { limitBackgroundThreads } from "./cli/background-threads.ts";
import { runCli } from "./cli/run.ts";

/** The first SIGINT or SIGTERM asks for a clean stop, the second one ends the process. */
function stopped(): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (asked) process.exit(130);
        asked = true;
        resolve(signal);
      });
    }
  });
}

limitBackgroundThreads();
process.exitCode = await runCli({
  argv: process.argv.slice(2),
  // biome-ignore lint/style/noProcessEnv: the one place that reads the environment; everything below is handed it
  environment: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  stopped,
});
// Whatever a dependency left open must not keep a stopped server alive.
process.exit();
