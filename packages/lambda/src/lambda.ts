import type { AwsService } from "@fc/aws";
import type { PoolState } from "./backend/index.ts";
import type { EnvironmentRow, EventSourceMappingRow, FunctionRow, InvocationRow } from "./introspection.ts";
import type { FunctionUrls } from "./urls/function-urls.ts";

/** The Lambda service. */
export interface Lambda extends AsyncDisposable {
  /** For `createGateway` of `@fc/aws`. */
  readonly service: AwsService;
  /** The data plane of function URLs. */
  readonly urls: FunctionUrls;
  /** Removes what dead processes left behind, finishes every state that was in transition, takes up accepted events. */
  recover(): Promise<void>;
  /** Forgets everything, or one account; resolves when all its environments are gone. */
  reset(options?: { readonly account?: string }): Promise<void>;
  /** All versions of all functions, `$LATEST` too. */
  functions(): readonly FunctionRow[];
  /** The last events that functions were to run, oldest first; `FAKECLOUD_LAMBDA_INVOCATION_HISTORY` says how many. */
  invocations(): readonly InvocationRow[];
  /** All execution environments, also those that start or end. */
  environments(): readonly EnvironmentRow[];
  /** What waits now; asks nothing of the backend. */
  queues(): LambdaQueues;
  /** All event source mappings. */
  eventSourceMappings(): readonly EventSourceMappingRow[];
  /** What the backend keeps ready for launches; empty when it keeps nothing. */
  pools(): readonly PoolState[];
  /** Ends a function's environments in every account: resolves when the idle ones are gone; busy ones end when they are done. False when there were none. */
  evict(functionName: string): Promise<boolean>;
  /** What a `Code.Location` leads to; undefined for an unknown or expired token. */
  download(token: string): Promise<Download | undefined>;
  health(): Promise<LambdaHealth>;
}

export interface Download {
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly content: AsyncIterable<Uint8Array>;
}

export interface LambdaHealth extends LambdaQueues {
  /** Whether functions can run now. */
  readonly ready: boolean;
  readonly detail: string;
  readonly environments: number;
}

export interface LambdaQueues {
  /** Executions that wait for an environment. */
  readonly waiting: number;
  /** Asynchronous events that are not done. */
  readonly events: number;
  /** Milliseconds since the oldest of them was accepted; 0 when there is none. */
  readonly oldestEventAgeMs: number;
  /** Messages that are on their way to destinations and dead-letter queues. */
  readonly deliveries: number;
  /** Messages that could not be delivered within six hours, since the service started. */
  readonly failedDeliveries: number;
  /** Executions that reserved or account concurrency refused, each try of an event or a batch, since the service started. */
  readonly throttled: number;
}
