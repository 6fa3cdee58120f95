import type { FunctionSpec } from "../backend/function-spec.ts";

/** What a callback knows about its invocation. */
export interface MemoryContext {
  readonly requestId: string;
  readonly invokedFunctionArn: string;
  readonly clientContext: string | undefined;
  readonly deadlineMs: number;
  readonly environmentId: string;
  readonly spec: FunctionSpec;
  /** Adds to the log of the invocation. */
  log(text: string): void;
}

/** A function: takes the event, gives the answer. What it throws is an unhandled error, unless it is a {@link MemoryFault}. */
export type MemoryFunction = (event: unknown, context: MemoryContext) => unknown;

/** Thrown by a callback to make its environment fail instead of answering. */
export class MemoryFault extends Error {
  readonly kind: "crash" | "timeout" | "not-delivered";

  constructor(kind: "crash" | "timeout" | "not-delivered") {
    super(kind);
    this.name = "MemoryFault";
    this.kind = kind;
  }
}
