import { errorText, type Logger, silentLogger } from "@fc/core";
import { type K8sClient, type K8sPodConfig, KubernetesError, labels, managedBySelector, PodStartError } from "@fc/k8s";
import { BackendError, type ExecutionEnvironment, type LambdaBackend, type LaunchRequest } from "@fc/lambda/backend";
import type { RuntimeApi } from "@fc/lambda/runtime-api";
import { type GateSources, readGateSources } from "./gate-sources.ts";
import { HostResolver, type Lookup } from "./host-resolver.ts";
import { PodEnvironment } from "./pod-environment.ts";
import { buildPodSpec, tokenKey } from "./pod-spec.ts";
import { runtimeImage } from "./runtime-image.ts";
import { completeSettings, type LambdaK8sSettings } from "./settings.ts";

export interface LambdaK8sBackendOptions {
  readonly client: K8sClient;
  readonly runtimeApi: RuntimeApi;
  /** The Runtime API's listener as Pods reach it. A name is resolved here: Pods get the address. */
  readonly runtimeApiAddress: { readonly host: string; readonly port: number };
  /** What functions get as `AWS_ENDPOINT_URL`. */
  readonly awsEndpointUrl: string;
  readonly podConfig?: K8sPodConfig;
  readonly pullSecret?: string;
  readonly settings?: Partial<LambdaK8sSettings>;
  readonly logger?: Logger;
  readonly lookup?: Lookup;
}

/**
 * Runs every execution environment as a Pod whose runtime dials the Runtime API: nothing needs to reach the Pod.
 * @throws FcError `FC_LAMBDA_K8S_TRANSPORT_UNSUPPORTED`
 */
export function createLambdaK8sBackend(options: LambdaK8sBackendOptions): LambdaBackend {
  return new LambdaK8sBackend(options);
}

class LambdaK8sBackend implements LambdaBackend {
  readonly specificationVersion = "v1";
  readonly name = "kubernetes";
  readonly #options: LambdaK8sBackendOptions;
  readonly #settings: LambdaK8sSettings;
  readonly #logger: Logger;
  readonly #gates: GateSources;
  readonly #resolver: HostResolver;
  readonly #environments = new Map<string, PodEnvironment>();
  readonly #unsubscribe: () => void;
  readonly #closing = new AbortController();

  constructor(options: LambdaK8sBackendOptions) {
    this.#options = options;
    this.#settings = completeSettings(options.settings);
    this.#logger = options.logger ?? silentLogger;
    this.#gates = readGateSources();
    this.#resolver = new HostResolver(options.runtimeApiAddress.host, options.lookup);
    this.#unsubscribe = options.client.onPodChange((type, pod) =>
      this.#environments.get(pod.metadata?.name ?? "")?.changed(type, pod),
    );
  }

  async launch(request: LaunchRequest, options: { readonly signal: AbortSignal }): Promise<ExecutionEnvironment> {
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    signal.throwIfAborted();
    runtimeImage(request.spec.runtime);
    const ip = await this.#resolver.address();
    const { environment, start } = this.#open(request, ip);
    try {
      await start(signal);
      const { initDurationMs } = await this.#untilReady(environment, request, signal);
      environment.initDurationMs = initDurationMs;
      return environment;
    } catch (error) {
      await environment.terminate().catch(() => undefined);
      if (options.signal.aborted) throw options.signal.reason;
      const failure = launchFailure(error, request, environment.podName);
      if (failure.code === "FC_LAMBDA_LAUNCH_FAILED") this.#resolver.forget();
      throw failure;
    }
  }

  reapStale(): Promise<number> {
    return this.#options.client.reapStale("lambda");
  }

  async health(): Promise<{ readonly ready: boolean; readonly detail: string }> {
    const { client } = this.#options;
    try {
      const selector = `${managedBySelector},${labels.service}=lambda,${labels.instance}=${client.instanceId}`;
      const pods = await client.listPods(selector);
      return { ready: true, detail: `namespace ${client.namespace}: ${pods.length} function Pods of this server` };
    } catch (error) {
      return { ready: false, detail: `namespace ${client.namespace}: ${errorText(error)}` };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(
      new BackendError("FC_LAMBDA_LAUNCH_FAILED", "The backend is closing", { details: { reason: "Closing" } }),
    );
    await Promise.allSettled([...this.#environments.values()].map((environment) => environment.terminate()));
    this.#unsubscribe();
  }

  /** Opens the session, and gives what makes the Pod. Registered before anything exists, so that nothing is forgotten. */
  #open(
    request: LaunchRequest,
    ip: string,
  ): { environment: PodEnvironment; start: (signal: AbortSignal) => Promise<void> } {
    const { client, runtimeApi, runtimeApiAddress, awsEndpointUrl, podConfig, pullSecret } = this.#options;
    const session = runtimeApi.open({ ...request, awsEndpointUrl });
    const pod = buildPodSpec(request.spec, request.spec.deployId, {
      environmentId: session.id,
      hostName: session.hostName,
      runtimeApi: { ip, port: runtimeApiAddress.port },
      hasLayers: request.code.files.some((file) => file.path.startsWith("/opt/")),
      gates: this.#gates,
      settings: this.#settings,
      podConfig,
      pullSecret,
    });
    const name = pod.metadata?.name ?? "";
    const environment = new PodEnvironment({ client, logger: this.#logger, session, podName: name });
    this.#environments.set(name, environment);
    // A session that ends takes its Pod along, whether anybody asks for it or not.
    void session.ended
      .then(() => environment.terminate())
      .catch(() => undefined)
      .finally(() => this.#environments.delete(name));
    // Neither call takes the signal: a create that is cut off may still have worked, and what is made must be known.
    const start = async (signal: AbortSignal): Promise<void> => {
      await client.createSecret({
        metadata: client.owned({ name }, "process", "lambda"),
        immutable: true,
        stringData: { [tokenKey]: session.token },
      });
      signal.throwIfAborted();
      const metadata = client.owned({ ...pod.metadata, namespace: client.namespace }, "process", "lambda");
      environment.created(await client.createPod({ ...pod, metadata }));
      signal.throwIfAborted();
    };
    return { environment, start };
  }

  async #untilReady(
    environment: PodEnvironment,
    request: LaunchRequest,
    signal: AbortSignal,
  ): Promise<{ readonly initDurationMs: number }> {
    const done = new AbortController();
    const { session } = environment;
    const timeoutMs = this.#settings.launchTimeoutSeconds * 1_000 + request.initTimeoutMs;
    // Never true: the runtime's own call says that it is ready, long before the Pod's status does.
    const failure = this.#options.client
      .waitForPod(environment.podName, () => false, {
        timeoutMs,
        what: "to start its runtime",
        signal: AbortSignal.any([signal, done.signal]),
      })
      .then(
        () => session.ready,
        (error: unknown) => {
          // An ended session takes its Pod along: that the Pod goes is then an effect, and the session has the cause.
          if (session.isEnded) return session.ready;
          // With the code in it, an end is the function's own, and the session knows how AWS words it.
          if (!PodStartError.is(error) || !session.claimed || error.exitCode === undefined) throw error;
          const { exitCode, reason, message } = error;
          session.environmentEnded({ reason: "exited", detail: message, exitCode, oomKilled: reason === "OOMKilled" });
          return session.ready;
        },
      );
    failure.catch(() => undefined);
    try {
      return await Promise.race([session.ready, failure]);
    } finally {
      done.abort();
    }
  }
}

function launchFailure(error: unknown, request: LaunchRequest, podName: string): BackendError {
  if (error instanceof BackendError) return error;
  const reason = PodStartError.is(error) ? error.reason : kubernetesReason(error);
  const { functionName, version } = request.spec;
  return new BackendError(
    "FC_LAMBDA_LAUNCH_FAILED",
    `Pod ${podName} for ${functionName}:${version} did not start: ${errorText(error)}`,
    {
      details: { reason },
      cause: error,
    },
  );
}

function kubernetesReason(error: unknown): string {
  return error instanceof KubernetesError ? (error.status?.reason ?? error.code) : "Unknown";
}
