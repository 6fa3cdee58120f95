import type { EnvironmentEnd } from "../backend/index.ts";
import type { Extensions } from "./extensions.ts";
import type { Poll } from "./runtime-side.ts";
import type { SupervisorChannel } from "./supervisor-channel.ts";

/** What runs in an environment that ends. */
export interface Running {
  readonly extensions: Extensions;
  readonly supervisor: SupervisorChannel;
  /** The runtime, when it waits. */
  readonly poll: Poll | undefined;
  /** Resolves when the supervisor has told that the runtime's process ended. */
  readonly exited: Promise<void>;
}

const reasons = { terminated: "spindown", timedout: "timeout", exited: "failure" } as const;

/**
 * Ends what runs in an environment, as AWS does: with extensions, the runtime gets SIGTERM (SIGKILL beyond a deadline), extensions
 * are told why, and both have 2 s. Without extensions there is nobody to wait for: the runtime goes with its environment.
 */
export async function shutDown(running: Running, reason: EnvironmentEnd["reason"]): Promise<void> {
  const { extensions, supervisor, poll, exited } = running;
  extensions.close();
  // What is lost cannot be told anything.
  if (reason === "lost" || !extensions.any) {
    poll?.drop();
    return;
  }
  supervisor.stop(reason === "terminated" ? "TERM" : "KILL");
  await extensions.shutDown(reasons[reason], supervisor.attached ? exited : Promise.resolve());
}
