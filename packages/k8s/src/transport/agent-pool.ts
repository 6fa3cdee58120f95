import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Credentials } from "./credentials.ts";

/** Connections that are kept for the next call. */
export const maxFreeSockets = 16;

/**
 * Keep-alive connections, with TLS sessions resumed. A changed client certificate, CA or proxy makes a new pool. How many
 * calls run at once is limited where they are made: watches, logs and WebSockets hold theirs for long.
 */
export class AgentPool {
  #agent: HttpAgent | undefined;
  #fresh: HttpAgent | undefined;
  #identity = "";

  for(credentials: Credentials): HttpAgent {
    if (this.#agent !== undefined && this.#identity === credentials.connectionIdentity) return this.#agent;
    this.close();
    this.#identity = credentials.connectionIdentity;
    this.#agent = newAgent(credentials);
    return this.#agent;
  }

  /**
   * For what must not be asked for twice, as a command is: each has a connection of its own. A kept one may be closed by the server
   * just as it is used again, and then nobody knows whether it had begun. (Through a proxy tunnels are kept.)
   */
  fresh(credentials: Credentials): HttpAgent {
    const kept = this.for(credentials);
    if (credentials.proxyAgent !== undefined) return kept;
    this.#fresh ??= newAgent(credentials, false);
    return this.#fresh;
  }

  /** Ends idle connections and, with `force`, those in use. */
  close(force = false): void {
    const agent = this.#agent;
    this.#agent = undefined;
    if (force) {
      agent?.destroy();
      this.#fresh?.destroy();
    }
    this.#fresh = undefined;
    if (force || agent === undefined) return;
    // What is in use yet ends after its answer, instead of waiting for a next call that goes elsewhere.
    Object.assign(agent, { keepAlive: false });
    for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }
}

function newAgent({ server, tls, proxyAgent }: Credentials, keepAlive = true): HttpAgent {
  // client-node makes the agent of a proxy, but without keep-alive (every call would be a new tunnel), and without the
  // certificate that a plugin gave.
  if (proxyAgent !== undefined) {
    const options = { ...Reflect.get(proxyAgent, "options"), ...tls };
    return Object.assign(proxyAgent, { keepAlive: true, maxFreeSockets, options });
  }
  const options = { keepAlive, keepAliveMsecs: 30_000, maxFreeSockets };
  return server.protocol === "http:" ? new HttpAgent(options) : new HttpsAgent({ ...options, ...tls });
}
