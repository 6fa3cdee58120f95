import type { Writable } from "node:stream";

/** What a command has of its process. */
export interface CliProcess {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Resolves with the name of the first signal that asks to stop; the second one ends the process at once. */
  readonly stopped: () => Promise<string>;
}
