import { addAbortSignal, type Readable } from "node:stream";

/** What is to be written, which fails with the signal's reason once that has aborted. */
export async function* untilAborted(
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    signal.throwIfAborted();
    yield chunk;
  }
}

/** What is to be read, which fails at once when the signal aborts, also where nothing comes. */
export function destroyedOnAbort(stream: Readable, signal: AbortSignal): Readable {
  // Its reader is told of what breaks; where nobody reads, that must not bring down the process.
  return addAbortSignal(signal, stream).on("error", () => undefined);
}
