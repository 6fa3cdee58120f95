import { createHash } from "node:crypto";
import type { Agent } from "node:http";
import type { RequestOptions } from "node:https";
import type { Clock } from "@fc/core";
import type { KubeConfig } from "@kubernetes/client-node";

/** What a connection to the API server needs. */
export interface Credentials {
  readonly server: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
  /** Equal when `tls` is: names the pool of connections. */
  readonly tlsIdentity: string;
  /** Set when the kubeconfig names a proxy. */
  readonly proxyAgent?: Agent;
}

export type TlsMaterial = Pick<
  RequestOptions,
  "ca" | "cert" | "key" | "pfx" | "passphrase" | "rejectUnauthorized" | "servername"
>;

const freshMs = 10_000;
const tlsMembers = ["ca", "cert", "key", "pfx", "passphrase", "rejectUnauthorized", "servername"] as const;

/**
 * Credentials from a kubeconfig. They are asked for again every 10 s and after a refusal, because tokens and client
 * certificates are replaced while we run; exec plugins and token files keep their own caches behind this.
 */
export class CredentialSource {
  readonly #config: KubeConfig;
  readonly #clock: Clock;
  #cached: { readonly at: number; readonly value: Promise<Credentials> } | undefined;

  constructor(config: KubeConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  get(): Promise<Credentials> {
    const cached = this.#cached;
    if (cached !== undefined && this.#clock.now() - cached.at < freshMs) return cached.value;
    const value = this.#load();
    this.#cached = { at: this.#clock.now(), value };
    value.catch(() => this.invalidate());
    return value;
  }

  /** Drops what is cached: the server refused it. */
  invalidate(): void {
    this.#cached = undefined;
  }

  async #load(): Promise<Credentials> {
    const cluster = this.#config.getCurrentCluster();
    if (cluster === null) throw new Error("the kubeconfig has no current cluster");
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    const entries = tlsMembers.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]] as const]));
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value);
    if (typeof options.auth === "string")
      headers["Authorization"] = `Basic ${Buffer.from(options.auth).toString("base64")}`;
    return {
      server: new URL(cluster.server),
      headers,
      tls: Object.fromEntries(entries) as TlsMaterial,
      tlsIdentity: identityOf(entries),
      ...(cluster.proxyUrl !== undefined && options.agent instanceof Object && { proxyAgent: options.agent as Agent }),
    };
  }
}

function identityOf(entries: readonly (readonly [string, unknown])[]): string {
  const hash = createHash("sha256");
  for (const [name, value] of entries) hash.update(`${name}\0${String(value)}\0`);
  return hash.digest("hex");
}
