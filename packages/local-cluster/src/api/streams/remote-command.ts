import type { Readable, Writable } from "node:stream";
import { errorText } from "@fc/core";
import type { Pod } from "../../node/pod-types.ts";
import { StatusError } from "../../store/status-error.ts";
import { type ApiContext, isTrue, type ResourceRequest } from "../http/api-request.ts";
import { selectContainer } from "./stream-target.ts";

/** What the client asked to be connected. */
export interface RemoteCommandOptions {
  readonly container: string;
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** The connected ends, whatever the transport. */
export interface RemoteCommandStreams {
  readonly stdin: Readable | undefined;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

/** The options of an exec or attach. @throws StatusError 400 */
export function remoteCommandOptions(request: ResourceRequest, pod: Pod): RemoteCommandOptions {
  const { query, subresource } = request;
  const command = query.getAll("command");
  if (subresource === "exec" && command.length === 0)
    throw StatusError.badRequest("you must specify at least 1 command for the container");
  const options = {
    container: selectContainer(pod, query.get("container")),
    ...{ command, stdin: isTrue(query, "stdin"), tty: isTrue(query, "tty") },
    ...{ stdout: isTrue(query, "stdout"), stderr: isTrue(query, "stderr") && !isTrue(query, "tty") },
  };
  if (!options.stdin && !options.stdout && !options.stderr) {
    throw StatusError.badRequest("you must specify at least one of stdin, stdout, stderr");
  }
  return options;
}

/** Runs the command and returns the Status for the error channel; never rejects. */
export async function runRemoteCommand(
  context: ApiContext,
  request: ResourceRequest,
  target: { readonly pod: Pod; readonly options: RemoteCommandOptions },
  streams: RemoteCommandStreams,
): Promise<unknown> {
  const { pod, options } = target;
  const { stdin, stdout, stderr, signal } = streams;
  const io = { ...(stdin === undefined ? {} : { stdin }), stdout, stderr, signal, tty: options.tty };
  try {
    if (request.subresource === "attach") {
      await context.agent.attach(pod, options.container, io);
      return { metadata: {}, status: "Success" };
    }
    const { exitCode } = await context.agent.exec(pod, options.container, options.command, io);
    return exitStatus(exitCode);
  } catch (error) {
    const message = StatusError.isInstance(error) ? error.status.message : errorText(error);
    // Said twice, by the kubelet and by the API server.
    const prefix = "Internal error occurred: Internal error occurred:";
    const text = `${prefix} error executing command in container: ${message}`;
    return { metadata: {}, status: "Failure", reason: "InternalError", message: text, code: 500 };
  }
}

function exitStatus(exitCode: number): unknown {
  if (exitCode === 0) return { metadata: {}, status: "Success" };
  return {
    ...{ metadata: {}, status: "Failure", reason: "NonZeroExitCode" },
    message: `command terminated with non-zero exit code: command terminated with exit code ${exitCode}`,
    details: { causes: [{ reason: "ExitCode", message: String(exitCode) }] },
  };
}
