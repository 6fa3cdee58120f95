import { spawn } from "node:child_process";
import { type Clock, withDeadline } from "@fc/core";
import type { KubeconfigCluster, KubeconfigExec } from "./kubeconfig.ts";

/** What a plugin gave. */
export interface PluginCredentials {
  readonly token?: string;
  /** PEM. */
  readonly cert?: string;
  readonly key?: string;
}

interface ExecCredential {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly status?: {
    readonly expirationTimestamp?: string;
    readonly token?: string;
    readonly clientCertificateData?: string;
    readonly clientKeyData?: string;
  };
}

const timeoutMs = 60_000;
/** Credentials are asked for anew so long before they expire. */
const earlyMs = 10_000;

/**
 * A credential plugin (`aws eks get-token`, `gke-gcloud-auth-plugin`, `kubelogin`), run as kubectl runs it
 * (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins). client-node runs
 * them too, but without KUBERNETES_EXEC_INFO and a time limit, and keeps a token that was refused.
 */
export class ExecPlugin {
  readonly #exec: KubeconfigExec;
  readonly #cluster: KubeconfigCluster;
  readonly #clock: Clock;
  #cached: { readonly credentials: PluginCredentials; readonly untilMs: number } | undefined;
  #running: Promise<PluginCredentials> | undefined;

  constructor(exec: KubeconfigExec, cluster: KubeconfigCluster, clock: Clock) {
    this.#exec = exec;
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /** What it gave last while that is valid, else what it gives now. @throws Error that names the command and what it wrote */
  async credentials(): Promise<PluginCredentials> {
    const cached = this.#cached;
    if (cached !== undefined && this.#clock.now() < cached.untilMs) return cached.credentials;
    // It may open a browser or take a lock: never two at once.
    this.#running ??= this.#ask().finally(() => {
      this.#running = undefined;
    });
    return await this.#running;
  }

  /** Forgets what it gave: the server refused it. */
  invalidate(): void {
    this.#cached = undefined;
  }

  async #ask(): Promise<PluginCredentials> {
    const status = this.#statusOf(await this.#run());
    const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp: expires } = status;
    const credentials = { ...(token && { token }), ...(cert && { cert }), ...(key && { key }) };
    const untilMs = expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires) - earlyMs;
    this.#cached = { credentials, untilMs };
    return credentials;
  }

  #statusOf(output: string): NonNullable<ExecCredential["status"]> {
    const { command, apiVersion } = this.#exec;
    let answer: ExecCredential;
    try {
      answer = JSON.parse(output) as ExecCredential;
    } catch (error) {
      // Not quoted: it may hold half a token.
      throw new Error(`credential plugin ${command} wrote no JSON (${output.length} characters)`, { cause: error });
    }
    if (answer?.kind !== "ExecCredential" || answer.apiVersion !== apiVersion)
      throw new Error(
        `credential plugin ${command} wrote ${answer?.kind} ${answer?.apiVersion}, not ExecCredential ${apiVersion}`,
      );
    const { token, clientCertificateData, clientKeyData } = answer.status ?? {};
    if (!token && !(clientCertificateData && clientKeyData))
      throw new Error(`credential plugin ${command} gave neither a token nor a certificate with its key`);
    return answer.status ?? {};
  }

  async #run(): Promise<string> {
    const { command, interactiveMode } = this.#exec;
    if (interactiveMode === "Always")
      throw new Error(`credential plugin ${command} wants a terminal (interactiveMode: Always), and here is none`);
    const what = `credential plugin ${command}`;
    return await withDeadline({ timeoutMs, what, clock: this.#clock }, (signal) => this.#output(signal));
  }

  #output(signal: AbortSignal): Promise<string> {
    const { command, args, installHint } = this.#exec;
    const child = spawn(command, [...(args ?? [])], {
      env: this.#environment(),
      stdio: ["ignore", "pipe", "pipe"],
      signal,
      killSignal: "SIGKILL",
    });
    let output = "";
    let complaint = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-2_000);
    });
    return new Promise((resolve, reject) => {
      child.on("error", (error) => {
        const hint = installHint === undefined ? "" : `. ${installHint.trim()}`;
        reject(new Error(`credential plugin ${command} cannot be run${hint}`, { cause: error }));
      });
      child.on("close", (code, killedBy) => {
        if (code === 0) resolve(output);
        else reject(new Error(`credential plugin ${command} ended with ${code ?? killedBy}: ${complaint.trim()}`));
      });
    });
  }

  #environment(): NodeJS.ProcessEnv {
    const { apiVersion, env, provideClusterInfo } = this.#exec;
    const spec = { ...(provideClusterInfo === true && { cluster: this.#cluster }), interactive: false };
    return {
      // biome-ignore lint/style/noProcessEnv: no setting is read; a plugin needs PATH and HOME, as kubectl gives them.
      ...process.env,
      ...Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: JSON.stringify({ kind: "ExecCredential", apiVersion, spec }),
    };
  }
}
