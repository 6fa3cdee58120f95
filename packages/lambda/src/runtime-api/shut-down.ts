import type { EnvironmentEnd } from "../backend/index.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Extensions } from "./extensions.ts";
import type { LogCapture } from "./log-capture.ts";
import type { Poll } from "./runtime-side.ts";
import type { SupervisorChannel } from "./supervisor-channel.ts";

/** What an environment that ends consists of. */
export interface Ending {
  readonly extensions: Extensions;
  readonly supervisor: SupervisorChannel;
  readonly telemetry: Telemetry;
  readonly output: LogCapture;
}

/** Its runtime. */
export interface EndingRuntime {
  /** When it waits. */
  readonly poll: Poll | undefined;
  /** Resolves when the supervisor has told that its process ended. */
  readonly exited: Promise<void>;
}

const reasons = { terminated: "spindown", timedout: "timeout", exited: "failure" } as const;
/** How long subscribers may take for the last batch before they are told of the end. */
const lastBatchMs = 600;
/** How long the last words of extensions that have ended may be on their way. */
const lastWordsMs = 250;

/**
 * Ends what runs in an environment, as AWS does: with extensions, the runtime gets SIGTERM (SIGKILL beyond a deadline), extensions
 * are told why, and both have 2 s. Who subscribed to telemetry gets what is buffered before. Without extensions there is nobody to
 * wait for: the runtime goes with its environment.
 */
export async function shutDown(
  { extensions, supervisor, telemetry, output }: Ending,
  { poll, exited }: EndingRuntime,
  reason: EnvironmentEnd["reason"],
): Promise<void> {
  extensions.close();
  // What is lost cannot be told anything.
  if (reason === "lost" || !extensions.any) {
    telemetry.end();
    poll?.drop();
    return;
  }
  supervisor.stop(reason === "terminated" ? "TERM" : "KILL");
  const runtimeEnd = supervisor.attached ? exited : Promise.resolve();
  if (telemetry.any) await telemetry.flush(lastBatchMs);
  await extensions.shutDown(reasons[reason], runtimeEnd);
  telemetry.end();
  await output.drained(lastWordsMs);
}
