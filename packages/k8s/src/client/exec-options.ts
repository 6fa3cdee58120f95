import type { CallOptions } from "./resource-client.ts";

/** What a command in a container wrote and how it ended. */
export interface ExecOutput {
  readonly stdout: Buffer;
  /** At most the last 64 KiB. */
  readonly stderr: string;
  readonly exitCode: number;
  readonly success: boolean;
}

export interface ExecOptions extends CallOptions {
  /** Milliseconds. Default 60 000. The command itself may live on: wrap long ones in `timeout`. */
  readonly timeoutMs?: number;
  /** More than this is an error. Default 16 MiB. */
  readonly maxStdoutBytes?: number;
}
