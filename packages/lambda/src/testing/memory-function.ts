import type { InitializationType, ResponseSink } from "../backend/backend.ts";
import type { FunctionSpec } from "../backend/function-spec.ts";

/** What a callback knows about its invocation. */
export interface MemoryContext {
  readonly requestId: string;
  readonly invokedFunctionArn: string;
  readonly clientContext: string | undefined;
  readonly traceId: string | undefined;
  readonly deadlineMs: number;
  readonly environmentId: string;
  readonly logStreamName: string;
  readonly spec: FunctionSpec;
  readonly initializationType: InitializationType;
  /** Adds to the log of the invocation. */
  log(text: string): void;
}

/** What a callback answers to stream it. */
export class MemoryStreamedResponse {
  readonly contentType: string;
  readonly chunks: AsyncIterable<Uint8Array | string>;

  /** @param contentType default `application/octet-stream` */
  constructor(chunks: AsyncIterable<Uint8Array | string>, contentType = "application/octet-stream") {
    this.chunks = chunks;
    this.contentType = contentType;
  }

  /** Streams into the sink; without one it gives everything at once. @throws ResponseTooLarge */
  async send(sink: ResponseSink | undefined): Promise<Uint8Array> {
    const whole: Uint8Array[] = [];
    let size = 0;
    sink?.start(this.contentType);
    for await (const chunk of this.chunks) {
      const bytes = Buffer.from(chunk as string);
      size += bytes.byteLength;
      if (sink === undefined) whole.push(bytes);
      else if (size <= limitOf(sink)) await sink.write(bytes);
    }
    if (sink !== undefined && size > limitOf(sink)) throw new ResponseTooLarge(limitOf(sink));
    return Buffer.concat(whole);
  }
}

function limitOf({ limitBytes = 209_715_200 }: ResponseSink): number {
  return limitBytes;
}

/** A streamed response that was larger than its sink takes. */
export class ResponseTooLarge extends Error {
  constructor(limitBytes: number) {
    super(`Response payload size exceeded maximum allowed payload size (${limitBytes} bytes).`);
    this.name = "Function.ResponseSizeTooLarge";
  }
}

/** A function: takes the event, gives the answer. What it throws is an unhandled error, unless it is a {@link MemoryFault}. */
export type MemoryFunction = (event: unknown, context: MemoryContext) => unknown;

/** How an environment fails. */
export type MemoryFaultKind = "crash" | "out-of-memory" | "timeout" | "not-delivered";

/** Thrown by a callback to make its environment fail instead of answering. */
export class MemoryFault extends Error {
  readonly kind: MemoryFaultKind;

  /** How the runtime exited, for a crash. */
  readonly exit: string;

  /** @param exit for a crash. Default: `with error: exit status 1` */
  constructor(kind: MemoryFaultKind, exit = "with error: exit status 1") {
    super(kind);
    this.name = "MemoryFault";
    this.kind = kind;
    this.exit = exit;
  }
}
