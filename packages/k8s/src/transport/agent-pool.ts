import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Credentials } from "./credentials.ts";

/** `unary` requests share at most 16 connections; watches, logs and WebSockets hold theirs, so they have a pool without limit. */
export type PoolKind = "unary" | "stream";

export const maxSockets = 16;

/** Keep-alive connections, with TLS sessions resumed. A changed client certificate or CA makes a new pool. */
export class AgentPool {
  readonly #agents = new Map<string, HttpAgent>();
  #identity = "";

  for(credentials: Credentials, kind: PoolKind): HttpAgent {
    if (credentials.proxyAgent !== undefined) return credentials.proxyAgent;
    if (this.#identity !== credentials.tlsIdentity) {
      this.close();
      this.#identity = credentials.tlsIdentity;
    }
    const known = this.#agents.get(kind);
    if (known !== undefined) return known;
    const options = { keepAlive: true, keepAliveMsecs: 30_000, ...(kind === "unary" && { maxSockets }) };
    const agent =
      credentials.server.protocol === "http:"
        ? new HttpAgent(options)
        : new HttpsAgent({ ...options, ...credentials.tls });
    this.#agents.set(kind, agent);
    return agent;
  }

  /** Ends idle connections and, with `force`, those in use. */
  close(force = false): void {
    for (const agent of this.#agents.values()) {
      if (force) agent.destroy();
      else for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
    }
    this.#agents.clear();
  }
}
