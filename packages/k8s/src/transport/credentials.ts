import { createHash, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Agent } from "node:http";
import type { RequestOptions } from "node:https";
import { createSecureContext } from "node:tls";
import { type Clock, errorText, type Logger } from "@fc/core";
import type { KubeConfig } from "@kubernetes/client-node";
import { ExecPlugin } from "../config/exec-plugin.ts";
import type { FoundCluster } from "../config/find-cluster.ts";
import { KubernetesError } from "../errors/kubernetes-error.ts";

/** What a connection to the API server needs. */
export interface Credentials {
  readonly server: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
  /** Equal when `tls` and the proxy are: names the pool of connections. */
  readonly connectionIdentity: string;
  /** Set when connections go through a proxy. */
  readonly proxyAgent?: Agent;
}

export type TlsMaterial = Pick<
  RequestOptions,
  "ca" | "cert" | "key" | "pfx" | "passphrase" | "rejectUnauthorized" | "servername"
>;

/** For so long files are not read again. */
export const freshMs = 10_000;
const tlsMembers = ["ca", "cert", "key", "pfx", "passphrase", "rejectUnauthorized", "servername"] as const;

/**
 * The credentials of a cluster's user. Files and the embedder are asked again every 10 s and after a refusal, because tokens,
 * client certificates and CAs are replaced while we run; a plugin when what it gave expires or is refused.
 */
export class CredentialSource {
  readonly #found: FoundCluster;
  readonly #newConfig: () => KubeConfig;
  readonly #parsed: KubeConfig;
  readonly #plugin: ExecPlugin | undefined;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #cached: { readonly at: number; readonly value: Promise<Credentials> } | undefined;
  #last: Credentials | undefined;

  constructor(
    found: FoundCluster,
    options: { readonly newConfig: () => KubeConfig; readonly clock: Clock; readonly logger: Logger },
  ) {
    const { exec } = found.user;
    this.#found = found;
    this.#newConfig = options.newConfig;
    this.#parsed = options.newConfig();
    this.#parsed.loadFromString(JSON.stringify(forClientNode(found)));
    this.#plugin = exec == null ? undefined : new ExecPlugin(exec, found.cluster, options.clock);
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** @throws KubernetesError `FC_K8S_CREDENTIALS_FAILED` */
  get(): Promise<Credentials> {
    const cached = this.#cached;
    if (cached !== undefined && this.#clock.now() - cached.at < freshMs) return cached.value;
    const value = this.#current();
    this.#cached = { at: this.#clock.now(), value };
    value.catch(() => this.expire());
    return value;
  }

  /** Reads files again before the next call: a connection failed, and perhaps because they were replaced. */
  expire(): void {
    this.#cached = undefined;
  }

  /** Forgets everything: the server refused it. */
  invalidate(): void {
    this.expire();
    this.#plugin?.invalidate();
  }

  async #current(): Promise<Credentials> {
    try {
      this.#last = await this.#load();
      return this.#last;
    } catch (error) {
      const text = `credentials for ${this.#found.cluster.server}: ${errorText(error)}`;
      if (this.#last === undefined)
        throw new KubernetesError(text, { code: "FC_K8S_CREDENTIALS_FAILED", retryable: false, cause: error });
      // Files are being replaced one after the other: what was valid a moment ago may well be still.
      this.#logger.warn({ error: text }, "credentials could not be renewed: the last ones are used on");
      return this.#last;
    }
  }

  async #load(): Promise<Credentials> {
    const options = await this.#optionsOfClientNode();
    const given = await this.#plugin?.credentials();
    if (given?.cert !== undefined) Object.assign(options, { cert: given.cert, key: given.key });
    const token = given?.token ?? (await this.#token());
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value).trim();
    if (typeof options.auth === "string")
      headers["Authorization"] = `Basic ${Buffer.from(options.auth).toString("base64")}`;
    if (token !== undefined) headers["Authorization"] = `Bearer ${token}`;
    const { server, "proxy-url": proxyUrl } = this.#found.cluster;
    const entries = tlsMembers.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]] as const]));
    const connectionIdentity = identityOf([...entries, ["proxy", proxyUrl ?? ""]]);
    if (this.#last?.connectionIdentity !== connectionIdentity) checkTls(options);
    return {
      server: new URL(server),
      headers,
      tls: Object.fromEntries(entries) as TlsMaterial,
      connectionIdentity,
      ...(proxyUrl !== undefined && options.agent instanceof Object && { proxyAgent: options.agent as Agent }),
    };
  }

  /**
   * client-node's part: certificates, basic authentication, OIDC, proxies. A KubeConfig keeps the agent that it made first,
   * with the certificates of then, so each time it is a new one; what authentication changed in the user is shared.
   */
  async #optionsOfClientNode(): Promise<RequestOptions> {
    const { clusters, users, contexts, currentContext } = this.#parsed;
    const config = this.#newConfig();
    config.loadFromOptions({ clusters, users, contexts, currentContext });
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    return options;
  }

  async #token(): Promise<string | undefined> {
    const { tokenFile } = this.#found.user;
    const text =
      this.#found.token !== undefined
        ? await this.#found.token()
        : tokenFile === undefined
          ? undefined
          : await readFile(tokenFile, "utf8");
    if (text?.trim() === "")
      throw new Error(`the token ${tokenFile === undefined ? "given" : `in ${tokenFile}`} is empty`);
    return text?.trim();
  }
}

/** The context as a kubeconfig without what client-node does not do, or not well: plugins and token files. */
function forClientNode({ cluster, user: { exec: _exec, tokenFile: _file, ...user } }: FoundCluster): object {
  // client-node wants this said before it makes an agent for plain HTTP.
  const plain = cluster.server.startsWith("http:") ? { "insecure-skip-tls-verify": true } : {};
  return {
    clusters: [{ name: "c", cluster: { ...cluster, ...plain } }],
    users: [{ name: "c", user }],
    contexts: [{ name: "c", context: { cluster: "c", user: "c" } }],
    "current-context": "c",
  };
}

/** Node says nothing of a CA that is none, and too late that certificate and key do not match (one was not written yet). */
function checkTls({ ca, cert, key, passphrase }: RequestOptions): void {
  try {
    if (ca !== undefined) new X509Certificate(ca as string | Buffer);
  } catch (error) {
    throw new Error("the certificate authority is no certificate in PEM", { cause: error });
  }
  try {
    createSecureContext({ cert, key, passphrase });
  } catch (error) {
    throw new Error("the client certificate cannot be used", { cause: error });
  }
}

function identityOf(entries: readonly (readonly [string, unknown])[]): string {
  const hash = createHash("sha256");
  for (const [name, value] of entries) hash.update(`${name}\0${String(value)}\0`);
  return hash.digest("hex");
}
