import { dirname } from "node:path";
import { type WrittenFile, writeDurably } from "@fc/core";
import { KubernetesError } from "../errors/kubernetes-error.ts";
import { type ExecResult, type ExecStream, failed } from "./exec.ts";

/** What is known of a command's output beforehand. */
export interface ExpectedOutput {
  readonly sizeBytes?: number;
  /** Lower-case hexadecimal. */
  readonly sha256?: string;
}

export interface ExecToFileLimits {
  /** The output must be exactly this. */
  readonly expected?: ExpectedOutput | undefined;
  /** More than this is an error. Default: no limit. */
  readonly maxBytes?: number | undefined;
}

/**
 * Writes a command's stdout to `path`, replacing what is there, once the command has ended with code 0 and the output is what was
 * expected. Until then, and when it rejects, there is no such file.
 * @param expectedOf what the command itself said that it would write
 */
export async function writeExec(
  stream: ExecStream,
  path: string,
  what: string,
  limits: ExecToFileLimits & { readonly expectedOf?: (result: ExecResult) => ExpectedOutput },
): Promise<WrittenFile> {
  const { expected = {}, expectedOf, maxBytes = Number.POSITIVE_INFINITY } = limits;
  const mostBytes = Math.min(maxBytes, expected.sizeBytes ?? maxBytes);
  const pathOf = async (written: WrittenFile): Promise<string> => {
    const result = await stream.result;
    if (!result.success)
      throw failed(what, `the command ended with exit code ${result.exitCode}: ${result.stderr.trim()}`);
    verify(written, { ...expectedOf?.(result), ...expected }, what);
    return path;
  };
  try {
    return await writeDurably(dirname(path), bounded(stream, mostBytes, what), { pathOf });
  } catch (error) {
    stream.stdout.destroy();
    throw error;
  }
}

async function* bounded(stream: ExecStream, mostBytes: number, what: string): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of stream.stdout as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) throw failed(what, `the output is larger than ${mostBytes} bytes`);
    yield chunk;
  }
}

function verify(written: WrittenFile, expected: ExpectedOutput, what: string): void {
  for (const member of ["sizeBytes", "sha256"] as const)
    if (expected[member] !== undefined && expected[member] !== written[member])
      throw new KubernetesError(`${what}: ${member} of the output is ${written[member]}, not ${expected[member]}`, {
        code: "FC_K8S_EXEC_OUTPUT_DIFFERS",
        retryable: true,
        details: { expected, written },
      });
}

/** A command that says a file's size on stderr before it writes the file to stdout. */
export function fileCommand(path: string): readonly string[] {
  return ["sh", "-c", 'wc -c <"$1" >&2 && exec cat "$1"', "sh", path];
}

/** The size that {@link fileCommand} said. */
export function fileSize(what: string): (result: ExecResult) => ExpectedOutput {
  return ({ stderr }) => {
    const said = /^\s*(\d+)\s*$/m.exec(stderr)?.[1];
    if (said === undefined) throw failed(what, `the size of the file was not understood: ${stderr.trim()}`);
    return { sizeBytes: Number(said) };
  };
}
