import type { Clock } from "@fc/core";
import type { ProxiedRequest } from "./proxied-request.ts";

/** A request that a fault has got hold of, before any of its answer went to the client. */
export interface FaultExchange {
  readonly request: ProxiedRequest;
  /** Whether it asks for a WebSocket. */
  readonly webSocket: boolean;
  readonly clock: Clock;
  /** Aborts when the fault is lifted, the client has gone or the proxy closes. */
  readonly lifted: AbortSignal;
  /** Answers in the cluster's place. */
  answer(httpStatus: number, headers: Readonly<Record<string, string>>, body: string): void;
  /** Ends the client's connection. */
  drop(): void;
}

/** Bytes on their way. What a fault does not write does not arrive. */
export interface FaultStream {
  readonly request: ProxiedRequest;
  readonly webSocket: boolean;
  readonly clock: Clock;
  /** Aborts when the fault is lifted, the client has gone or the proxy closes. */
  readonly lifted: AbortSignal;
  /** Whether all that was written so far ends with a newline. */
  readonly atLineStart: boolean;
  /** Resolves when the bytes are on their way. */
  write(chunk: Uint8Array): Promise<void>;
  /** Ends the stream as its sender would. */
  end(): void;
  /** Ends the client's connection. */
  drop(): void;
}

/** Takes the next bytes of a stream. */
export type ChunkHandler = (chunk: Buffer) => Promise<void> | void;

/**
 * What goes wrong with a request: a set of hooks, each of which may be left out. {@link faults} has the usual ones.
 */
export interface Fault {
  readonly name: string;
  /** Before the request goes to the cluster. False: it does not, for the hook has answered or dropped it. */
  readonly onRequest?: (exchange: FaultExchange) => boolean | Promise<boolean>;
  /** The cluster's answer is there, the client has none of it. False: it gets none of it. */
  readonly onAnswer?: (exchange: FaultExchange) => boolean | Promise<boolean>;
  /**
   * Called when an answer's body or an upgraded stream begins, or at once for one that is open; may write to it, and returns
   * what takes the bytes from then on. Undefined: they pass.
   */
  readonly toClient?: (stream: FaultStream) => ChunkHandler | undefined;
  /** The same for what the client sends. */
  readonly toServer?: (stream: FaultStream) => ChunkHandler | undefined;
  /** It has to see a stream from its first byte, so it leaves open ones alone. */
  readonly fromStart?: boolean;
}

/** Which requests a fault is for. What is left out matches everything. */
export interface FaultMatch {
  /** One of RBAC's verbs or several. */
  readonly verb?: string | readonly string[];
  /** `pods`, `pods/exec`, `leases`… */
  readonly resource?: string;
  readonly name?: string;
  readonly namespace?: string;
  /** The path without query; text: all of it. */
  readonly path?: string | RegExp;
  /** Anything else. */
  readonly where?: (request: ProxiedRequest) => boolean;
}

export function matches(match: FaultMatch, request: ProxiedRequest): boolean {
  const { verb, path, where } = match;
  return (
    (verb === undefined || (typeof verb === "string" ? verb === request.verb : verb.includes(request.verb))) &&
    (["resource", "name", "namespace"] as const).every(
      (member) => match[member] === undefined || match[member] === request[member],
    ) &&
    (path === undefined || (typeof path === "string" ? path === request.path : path.test(request.path))) &&
    (where?.(request) ?? true)
  );
}
