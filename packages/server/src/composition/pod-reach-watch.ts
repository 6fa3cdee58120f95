import { errorText, type Logger } from "@fc/core";
import { type CheckPodReachOptions, checkPodReach, type K8sClient, type PodReach } from "@fc/k8s";
import { BackendError } from "@fc/lambda/backend";

export interface PodReachWatchOptions {
  readonly client: K8sClient;
  /** How Pods are to reach the server, and the Pod that tries it. */
  readonly probe: Omit<CheckPodReachOptions, "signal">;
  /** Where the server listens. */
  readonly listens: { readonly host: string; readonly port: number };
  readonly logger: Logger;
  readonly check?: typeof checkPodReach;
}

/**
 * Whether Pods reach this server: tried at the start, and again by every launch as long as they do not. Without that a launch would wait for
 * a runtime that dials in vain, until its time is up.
 */
export class PodReachWatch implements AsyncDisposable {
  readonly #options: PodReachWatchOptions;
  readonly #closing = new AbortController();
  #finding: PodReach | undefined;
  #looking: Promise<void> | undefined;

  constructor(options: PodReachWatchOptions) {
    this.#options = options;
    void this.#look();
  }

  /** Why no function can start; undefined as long as nothing is known against it. */
  get problem(): string | undefined {
    return this.#finding?.state === "unreachable" ? this.#text(this.#finding.detail) : undefined;
  }

  /** @throws BackendError `FC_LAMBDA_LAUNCH_FAILED` with reason `ServerUnreachable` */
  async beforeLaunch(): Promise<void> {
    if (this.problem !== undefined) await this.#look();
    if (this.problem === undefined) return;
    throw new BackendError("FC_LAMBDA_LAUNCH_FAILED", this.problem, {
      retryable: true,
      details: { reason: "ServerUnreachable" },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#looking;
  }

  /** One look at a time, whoever asks. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookOnce(): Promise<void> {
    const { client, probe, logger, check = checkPodReach } = this.#options;
    const before = this.problem;
    try {
      this.#finding = await check(client, { ...probe, signal: this.#closing.signal });
    } catch (error) {
      logger.debug({ error: errorText(error) }, "whether Pods reach this server was not found out");
      return;
    }
    const { state } = this.#finding;
    if (state === "unknown")
      logger.warn({ detail: this.#finding.detail }, "whether Pods reach this server could not be found out");
    else if (this.problem !== undefined && this.problem !== before) logger.error({}, this.problem);
    else if (state === "reached" && before !== undefined) logger.info({}, "Pods reach this server now");
  }

  #text(detail: string): string {
    const { probe, listens } = this.#options;
    const { host, port } = listens;
    const bind = isLoopback(host) ? ` This server listens on ${host} only: set FAKECLOUD_ADDR=0.0.0.0:${port}.` : "";
    return `Pods cannot reach this server at ${probe.urls.join(" and ")} (${detail}): functions cannot start. Set FAKECLOUD_K8S_SELF_URL to an address of this machine that Pods reach.${bind} A firewall or a NetworkPolicy may be in the way, too`;
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
