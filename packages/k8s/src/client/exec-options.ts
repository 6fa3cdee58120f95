import type { ExecStdin } from "../streams/exec-stdin.ts";
import type { ExecToFileLimits } from "../streams/exec-to-file.ts";
import type { CallOptions } from "./resource-client.ts";

/** What a command in a container wrote and how it ended. */
export interface ExecOutput {
  readonly stdout: Buffer;
  /** At most the last 64 KiB. */
  readonly stderr: string;
  readonly exitCode: number;
  readonly success: boolean;
}

export interface ExecStreamOptions extends CallOptions {
  /**
   * What the command reads. Needs a server that speaks `v5.channel.k8s.io` (Kubernetes 1.30 and newer). When it throws, the command
   * is cut off, and sees its input end early: what must not be cut short needs a check of its own. Kubernetes tells no status of a
   * command that ended while more than about 100 kB of its input was unread (kubectl hangs too): the time limit ends that. And of a
   * command that ends with its input, such as `sh -c 'cat >file'`, it may report success though the last of it was lost (kubectl's too:
   * 196,608 of 3,000,001 bytes): have the command say what it got.
   */
  readonly stdin?: ExecStdin;
  /** Milliseconds from the command's start. The command itself may live on: wrap long ones in `timeout`. */
  readonly timeoutMs?: number;
}

/** Time limit by default: 60 000 ms. */
export interface ExecOptions extends ExecStreamOptions {
  /** More than this is an error. Default 16 MiB. */
  readonly maxStdoutBytes?: number;
}

/** Time limit by default: 600 000 ms. */
export interface ExecToFileOptions extends ExecStreamOptions, ExecToFileLimits {}

/** Time limit by default: 600 000 ms. */
export type FetchFileOptions = Omit<ExecToFileOptions, "stdin">;
