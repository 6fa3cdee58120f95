import type { Duplex } from "node:stream";
import { type Clock, errorText, type Logger, withDeadline } from "@fc/core";
import type { K8sClient, K8sPodConfig, Reconciler } from "@fc/k8s";
import type { FunctionSpec } from "@fc/lambda/backend";
import type { RuntimeApi, RuntimeSession, SessionOptions } from "@fc/lambda/runtime-api";
import { Attendant } from "./attendant.ts";
import type { Registry } from "./function-image.ts";
import { type GateSources, readGateSources } from "./gate-sources.ts";
import { HostResolver, type Lookup } from "./host-resolver.ts";
import { ImagePulls } from "./image-pulls.ts";
import type { PodContext } from "./pod-context.ts";
import { closingMs } from "./pod-end.ts";
import { PodEnvironment } from "./pod-environment.ts";
import { buildPodSpec, buildPoolPodSpec, podKind } from "./pod-spec.ts";
import { RieLog } from "./rie/rie-log.ts";
import { RieRuntime, riePort } from "./rie/rie-runtime.ts";
import type { LambdaK8sSettings } from "./settings.ts";
import { transportOf } from "./transport.ts";

export interface PodMakerOptions {
  readonly client: K8sClient;
  readonly runtimeApi: RuntimeApi;
  /** The Runtime API's listener as Pods reach it. A name is resolved here: Pods get the address. */
  readonly runtimeApiAddress: { readonly host: string; readonly port: number };
  readonly podConfig?: K8sPodConfig | undefined;
  readonly pullSecret?: string | undefined;
  readonly ecr?: Registry | undefined;
  readonly settings: LambdaK8sSettings;
  readonly logger: Logger;
  readonly lookup?: Lookup | undefined;
  readonly clock: Clock;
}

/** Everything that the Pods of one kind of function have in common. */
export interface PodBlueprint {
  /** Equal for functions that can run in each other's Pods. */
  readonly kind: string;
  readonly spec: FunctionSpec;
  readonly hasLayers: boolean;
  /** The Runtime API's address when the blueprint was made. */
  readonly ip: string;
  readonly image: string;
}

/** Makes Pods with their sessions, and knows all that there are. */
export class PodMaker implements AsyncDisposable {
  readonly #options: PodMakerOptions;
  readonly #gates: GateSources = readGateSources();
  readonly #resolver: HostResolver;
  readonly #environments = new Map<string, PodEnvironment>();
  readonly images: ImagePulls;
  readonly #unsubscribe: () => void;
  #closed: Promise<void> | undefined;
  readonly #reconciler: Reconciler;

  constructor(options: PodMakerOptions) {
    this.#options = options;
    this.images = new ImagePulls(options);
    this.#resolver = new HostResolver(options.runtimeApiAddress.host, options.lookup);
    this.#unsubscribe = options.client.onPodChange((type, pod) =>
      this.#environments.get(pod.metadata?.name ?? "")?.changed(type, pod),
    );
    // A Secret has its Pod's name.
    this.#reconciler = options.client.reconcile({
      service: "lambda",
      owner: "process",
      wants: ({ metadata }) => this.#environments.has(metadata.name ?? "") || this.images.has(metadata.name ?? ""),
      gracePeriodSeconds: 1,
    });
  }

  /** @throws BackendError `FC_LAMBDA_RUNTIME_UNSUPPORTED`, `FC_LAMBDA_LAUNCH_FAILED` with reason `HostNotFound` */
  async blueprint(spec: FunctionSpec, hasLayers: boolean): Promise<PodBlueprint> {
    const ip = await this.#resolver.address();
    const context = this.#context({ ip, hasLayers }, { id: "", hostName: "" });
    const image = buildPodSpec(spec, spec.deployId, context).spec?.containers[0]?.image ?? "";
    return { kind: podKind(spec, context), spec, hasLayers, ip, image };
  }

  /** The server's address may have changed: it is looked up again. */
  forgetAddress(): void {
    this.#resolver.forget();
  }

  /** A Pod for one function; nothing of it exists yet. */
  forFunction(blueprint: PodBlueprint, options: SessionOptions): PodEnvironment {
    const session = this.#options.runtimeApi.open(options);
    const { spec } = blueprint;
    const context = this.#context(blueprint, session);
    if (transportOf(spec, this.#options.settings) === "gate") {
      const pod = buildPodSpec(spec, spec.deployId, context);
      return this.#register(new PodEnvironment({ ...this.#parts(), session, pod }));
    }
    const variables = session.environmentOf(options).env;
    const own = { variables: Object.keys(variables), extensions: options.extensions };
    const pod = buildPodSpec(spec, spec.deployId, { ...context, ...own });
    const attendant = this.#attendant(spec, session);
    return this.#register(new PodEnvironment({ ...this.#parts(), session, pod, attendant, variables }));
  }

  /** A Pod that waits for a function of its kind; nothing of it exists yet. */
  forPool(blueprint: PodBlueprint): PodEnvironment {
    const session = this.#options.runtimeApi.open();
    const pod = buildPoolPodSpec(blueprint.spec, this.#context(blueprint, session));
    return this.#register(new PodEnvironment({ ...this.#parts(), session, pod }));
  }

  /** Ends every Pod and waits until they are gone: not for those of a lost node, which go when Kubernetes gives the node up. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { clock, logger } = this.#options;
    const gone = Promise.allSettled([...this.#environments.values()].map((environment) => environment.terminate()));
    const limits = { timeoutMs: closingMs, what: "waiting until the Pods of functions are gone", clock };
    await withDeadline(limits, () => gone).catch((error: unknown) =>
      logger.warn({ error: errorText(error) }, "left Pods"),
    );
    this.#unsubscribe();
    await this.#reconciler[Symbol.asyncDispose]();
  }

  #attendant(spec: FunctionSpec, session: RuntimeSession): Attendant {
    const { client, logger, clock, settings } = this.#options;
    if (transportOf(spec, settings) !== "rie") return new Attendant({ client, logger, session });
    const log = new RieLog(clock);
    return new Attendant({
      client,
      logger,
      session,
      ofFunction: (line) => log.ofFunction(line),
      speak: (pod, signal) => {
        const dial = (until: AbortSignal): Promise<Duplex> => client.dial(pod, riePort, { signal: until });
        return new RieRuntime({ session, dial, log, clock }).run(signal);
      },
    });
  }

  #parts(): { readonly client: K8sClient; readonly logger: Logger } {
    return { client: this.#options.client, logger: this.#options.logger };
  }

  /** Known before anything exists, so that nothing is forgotten; a session that ends takes its Pod along. */
  #register(environment: PodEnvironment): PodEnvironment {
    const { podName: name } = environment;
    this.#environments.set(name, environment);
    void environment.ended
      .then(() => environment.terminate())
      .catch((error: unknown) =>
        this.#options.logger.debug({ pod: name, error: errorText(error) }, "left to the reconciler"),
      )
      .finally(() => {
        this.#environments.delete(name);
        this.#reconciler.kick();
      });
    return environment;
  }

  #context(
    { ip, hasLayers }: Pick<PodBlueprint, "ip" | "hasLayers">,
    { id, hostName }: { readonly id: string; readonly hostName: string },
  ): PodContext {
    const { runtimeApiAddress, settings, podConfig, pullSecret, ecr } = this.#options;
    const runtimeApi = { ip, port: runtimeApiAddress.port };
    return {
      environmentId: id,
      hostName,
      runtimeApi,
      hasLayers,
      gates: this.#gates,
      settings,
      podConfig,
      pullSecret,
      ecr,
    };
  }
}
