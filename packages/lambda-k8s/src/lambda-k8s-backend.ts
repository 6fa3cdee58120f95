import { type Clock, errorText, type Logger, silentLogger, systemClock } from "@fc/core";
import { type K8sClient, type K8sPodConfig, labels, managedBySelector } from "@fc/k8s";
import {
  BackendError,
  type CodePackage,
  type ExecutionEnvironment,
  type FunctionSpec,
  type LambdaBackend,
  type LaunchOptions,
  type LaunchRequest,
  type PoolState,
} from "@fc/lambda/backend";
import type { RuntimeApi, SessionOptions } from "@fc/lambda/runtime-api";
import type { Registry } from "./function-image.ts";
import type { Lookup } from "./host-resolver.ts";
import { hadNoRoom, launchFailure, wasLost, wasTakenAway } from "./launch-failure.ts";
import type { PodEnvironment } from "./pod-environment.ts";
import { type PodBlueprint, PodMaker } from "./pod-maker.ts";
import { functionLabels } from "./pod-spec.ts";
import { PodPool, type PooledPod } from "./pool/pod-pool.ts";
import { transferTimeoutMs } from "./pool/transfer-time.ts";
import { reachableEnvironment } from "./reachable-environment.ts";
import { completeSettings, type LambdaK8sSettings } from "./settings.ts";
import { transportOf } from "./transport.ts";

export interface LambdaK8sBackendOptions {
  readonly client: K8sClient;
  readonly runtimeApi: RuntimeApi;
  /** The Runtime API's listener as Pods reach it. A name is resolved here: Pods get the address. */
  readonly runtimeApiAddress: { readonly host: string; readonly port: number };
  /** What functions get as `AWS_ENDPOINT_URL`. */
  readonly awsEndpointUrl: string;
  /** The port at which this server is `localhost` to its own machine: functions that are told that address get the one above. */
  readonly localPort?: number;
  readonly podConfig?: K8sPodConfig;
  readonly pullSecret?: string;
  /** The registry that stands in for Amazon ECR, as the nodes reach it: references into ECR are read as meaning it. */
  readonly ecr?: Registry;
  readonly settings?: Partial<LambdaK8sSettings>;
  /** Asked before every launch, for an embedder that knows when none can succeed: what it rejects with is the launch's failure. */
  readonly beforeLaunch?: () => Promise<void>;
  readonly logger?: Logger;
  readonly lookup?: Lookup;
  readonly clock?: Clock;
}

/** How many waiting Pods one launch tries before it makes one of its own. */
const claimTries = 3;
/** How many Pods are made for one launch, when somebody takes them away while they start. */
const ownTries = 3;
/** A Pod's labels cost the cluster some 10 ms of CPU, which the function's first events would have to share. */
const labelDelayMs = 1_000;

/**
 * Runs every execution environment as a Pod. Its runtime dials the Runtime API, so that nothing needs to reach the Pod; with the
 * transport `rie` the emulator in the Pod is dialled, if need be through the API server.
 */
export function createLambdaK8sBackend(options: LambdaK8sBackendOptions): LambdaBackend {
  return new LambdaK8sBackend(options);
}

class LambdaK8sBackend implements LambdaBackend {
  readonly specificationVersion = "v1";
  readonly name = "kubernetes";
  readonly #client: K8sClient;
  readonly #awsEndpointUrl: string;
  readonly #localPort: number | undefined;
  readonly #settings: LambdaK8sSettings;
  readonly #beforeLaunch: (() => Promise<void>) | undefined;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #maker: PodMaker;
  readonly #pool: PodPool<PodEnvironment>;
  readonly #closing = new AbortController();
  /** Launches that wait for a Pod of their own. */
  #launching = 0;

  constructor(options: LambdaK8sBackendOptions) {
    const { logger = silentLogger, clock = systemClock } = options;
    this.#client = options.client;
    this.#awsEndpointUrl = options.awsEndpointUrl;
    this.#localPort = options.localPort;
    this.#settings = completeSettings(options.settings);
    this.#beforeLaunch = options.beforeLaunch;
    this.#logger = logger;
    this.#clock = clock;
    this.#maker = new PodMaker({ ...options, settings: this.#settings, logger, clock });
    this.#pool = new PodPool({
      settings: this.#settings,
      make: (blueprint) => this.#maker.forPool(blueprint),
      arrive: (environment, signal) => this.#arrive(environment, signal),
      launching: () => this.#launching,
      maxAgeMs: (this.#settings.maxLifetimeSeconds * 1_000) / 2,
      clock,
      logger,
    });
  }

  async launch(request: LaunchRequest, wanted: LaunchOptions): Promise<ExecutionEnvironment> {
    const signal = AbortSignal.any([wanted.signal, this.#closing.signal]);
    const options = { ...wanted, signal };
    signal.throwIfAborted();
    await this.#beforeLaunch?.();
    const blueprint = await this.#blueprint(request);
    if (transportOf(request.spec, this.#settings) !== "gate")
      return await this.#launchUntilKept(blueprint, request, options);
    this.#pool.launched(blueprint);
    for (let tries = 0; tries < claimTries; tries += 1) {
      const pod = this.#pool.take(blueprint.kind);
      if (pod === undefined) break;
      const environment = await this.#claim(pod, request, options);
      if (environment === undefined) continue;
      this.#pool.worked(blueprint.kind);
      return environment;
    }
    try {
      return await this.#launchUntilKept(blueprint, request, options);
    } catch (error) {
      if (signal.aborted || !hadNoRoom(error) || !(await this.#pool.yieldRoom())) throw error;
      return await this.#launchUntilKept(blueprint, request, options);
    }
  }

  async prepare({ spec, code }: Pick<LaunchRequest, "spec" | "code">): Promise<void> {
    const blueprint = await this.#blueprint({ spec, code });
    if (transportOf(spec, this.#settings) !== "gate") return;
    try {
      await this.#pool.announce(blueprint);
    } catch (error) {
      if (!this.#closing.signal.aborted && !wasLost(error)) throw launchFailure(error, spec, "of the pool");
    }
  }

  /** What the function asks for may be impossible: a tag that is not understood, a runtime without an image. */
  async #blueprint({ spec, code }: Pick<LaunchRequest, "spec" | "code">): Promise<PodBlueprint> {
    try {
      return await this.#maker.blueprint(spec, hasLayers(code));
    } catch (error) {
      throw launchFailure(error, spec, "as configured");
    }
  }

  /** Of a container image, the names; the emulator starts those of its image by itself. */
  async #extensionsIn(spec: FunctionSpec, options: LaunchOptions): Promise<readonly string[] | undefined> {
    if (transportOf(spec, this.#settings) !== "image") return undefined;
    try {
      return await this.#maker.images.extensionsOf(spec, options);
    } catch (error) {
      throw options.signal.aborted ? options.signal.reason : launchFailure(error, spec, "that pulls the image");
    }
  }

  async pullImage(spec: FunctionSpec): Promise<string | undefined> {
    const { signal } = this.#closing;
    try {
      return await this.#maker.images.pull(spec, { signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : launchFailure(error, spec, "that pulls the image");
    }
  }

  pools(): readonly PoolState[] {
    return this.#pool.states();
  }

  reapStale(): Promise<number> {
    return this.#client.reapStale("lambda");
  }

  async health(): Promise<{ readonly ready: boolean; readonly detail: string }> {
    const { namespace, instanceId } = this.#client;
    try {
      const selector = `${managedBySelector},${labels.service}=lambda,${labels.instance}=${instanceId}`;
      const pods = await this.#client.listPods(selector);
      return { ready: true, detail: `namespace ${namespace}: ${pods.length} function Pods of this server` };
    } catch (error) {
      return { ready: false, detail: `namespace ${namespace}: ${errorText(error)}` };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(
      new BackendError("FC_LAMBDA_LAUNCH_FAILED", "The backend is closing", { details: { reason: "Closing" } }),
    );
    this.#pool.close();
    await this.#maker[Symbol.asyncDispose]();
  }

  /** Gives the function to a Pod of the pool. Undefined when that Pod was lost before its runtime was ready. */
  async #claim(
    { environment, arrived, waiting }: PooledPod<PodEnvironment>,
    request: LaunchRequest,
    options: LaunchOptions,
  ): Promise<ExecutionEnvironment | undefined> {
    const { spec, code } = request;
    const { signal } = options;
    // Only a Pod that waits owes an answer at once.
    const limit = waiting ? { transferTimeoutMs: transferTimeoutMs(code) } : {};
    environment.session.assign({ ...this.#session(request), ...limit });
    try {
      const timeoutMs = this.#startTimeoutMs;
      if (!waiting) await environment.until(arrived, { ...options, timeoutMs, what: "to start" });
      await this.#untilReady(environment, request, options);
      this.#clock.after(labelDelayMs, () => environment.relabel(functionLabels(spec, spec.deployId)));
      return environment;
    } catch (error) {
      const removal = environment.terminate().catch(() => undefined);
      if (!signal.aborted && wasLost(error)) {
        const fields = { pod: environment.podName, functionName: spec.functionName, error: errorText(error) };
        this.#logger.info(fields, "A waiting Pod was lost when its function came; taking another");
        return undefined;
      }
      await removal;
      throw signal.aborted ? signal.reason : launchFailure(error, spec, environment.podName);
    }
  }

  /** Makes a Pod for this one function, and another one when that is taken away before its runtime is ready. */
  async #launchUntilKept(
    blueprint: PodBlueprint,
    request: LaunchRequest,
    options: LaunchOptions,
  ): Promise<ExecutionEnvironment> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#launchOwn(blueprint, request, options);
      } catch (error) {
        if (options.signal.aborted || tries === ownTries || !wasTakenAway(error)) throw error;
        const fields = { functionName: request.spec.functionName, error: errorText(error) };
        this.#logger.info(fields, "A Pod was taken away before its function ran; making another");
      }
    }
  }

  /** Makes a Pod for this one function. */
  async #launchOwn(
    blueprint: PodBlueprint,
    request: LaunchRequest,
    options: LaunchOptions,
  ): Promise<ExecutionEnvironment> {
    const { signal } = options;
    const extensions = await this.#extensionsIn(request.spec, options);
    const session = { ...this.#session(request), ...(extensions === undefined ? {} : { extensions }) };
    const environment = this.#maker.forFunction(blueprint, session);
    this.#launching += 1;
    try {
      await environment.create(signal);
      await this.#untilReady(environment, request, options);
      this.#pool.worked(blueprint.kind);
      return environment;
    } catch (error) {
      await environment.terminate().catch(() => undefined);
      if (signal.aborted) throw signal.reason;
      const failure = launchFailure(error, request.spec, environment.podName);
      if (failure.code === "FC_LAMBDA_LAUNCH_FAILED") this.#maker.forgetAddress();
      throw failure;
    } finally {
      this.#launching -= 1;
    }
  }

  get #startTimeoutMs(): number {
    return this.#settings.launchTimeoutSeconds * 1_000;
  }

  async #untilReady(environment: PodEnvironment, request: LaunchRequest, options: LaunchOptions): Promise<void> {
    const limits = { timeoutMs: this.#startTimeoutMs + request.initTimeoutMs, what: "to start its runtime" };
    const { session } = environment;
    environment.initDurationMs = (await environment.until(session.ready, { ...options, ...limits })).initDurationMs;
    const { functionName, version } = request.spec;
    this.#logger.debug({ pod: environment.podName, functionName, version }, "A Pod runs a function");
  }

  #session(request: LaunchRequest): SessionOptions {
    const { spec } = request;
    const isEmulated = transportOf(spec, this.#settings) === "rie";
    const environment =
      this.#localPort === undefined
        ? spec.environment
        : reachableEnvironment(spec.environment, this.#localPort, this.#awsEndpointUrl);
    return {
      ...request,
      spec: { ...spec, environment },
      awsEndpointUrl: this.#awsEndpointUrl,
      // The emulator starts the runtime with its first event: until it listens, only the cluster can be slow.
      ...(isEmulated ? { initTimeoutMs: this.#startTimeoutMs } : {}),
    };
  }

  async #arrive(environment: PodEnvironment, signal: AbortSignal): Promise<void> {
    await environment.create(signal);
    const options = { timeoutMs: this.#startTimeoutMs, what: "to wait for a function", signal };
    await environment.until(environment.session.atGate, options);
  }
}

function hasLayers(code: CodePackage): boolean {
  return code.files.some((file) => file.path.startsWith("/opt/"));
}
