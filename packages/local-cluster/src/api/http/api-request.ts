import type { IncomingMessage } from "node:http";
import type { Clock, Logger } from "@fc/core";
import type { NodeAgent } from "../../node/node-agent.ts";
import type { ObjectStore } from "../../store/object-store.ts";
import type { Authenticator } from "../access/authenticator.ts";
import type { User } from "../access/user.ts";
import type { Resource } from "../resources.ts";
import type { TypeTable } from "../schema/kubernetes-types.ts";
import type { JsonTexts } from "../table/json-texts.ts";

/** What every handler stands on. */
export interface ApiContext {
  readonly store: ObjectStore;
  readonly agent: NodeAgent;
  readonly types: TypeTable;
  readonly texts: JsonTexts;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborts when the server closes: watches and streams end. */
  readonly closing: AbortSignal;
  readonly authenticator: Authenticator;
  /** Five random characters for `generateName`. */
  readonly newSuffix: () => string;
  /** A free ClusterIP. */
  readonly nextServiceAddress: () => string;
}

/** What a path below a resource names. */
export interface ResourceTarget {
  readonly resource: Resource;
  /** "" for cluster-scoped objects and for a list of all namespaces. */
  readonly namespace: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** A request to a resource, after authentication. */
export interface ResourceRequest extends ResourceTarget {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly user: User;
  readonly incoming: IncomingMessage;
}

/** An answer of a handler that does not stream. */
export interface ApiResponse {
  readonly code: number;
  readonly body: unknown;
  readonly warnings?: readonly string[];
}

/** Kubernetes reads "true", "1" and a bare name as true. */
export function isTrue(query: URLSearchParams, name: string): boolean {
  return ["true", "1", ""].includes(query.get(name) ?? "false");
}

export function isDryRun(request: ResourceRequest): boolean {
  return request.query.get("dryRun") === "All";
}
