import { errorText, type Logger } from "@fc/core";
import type { K8sClient, K8sPodConfig, Reconciler } from "@fc/k8s";
import type { FunctionSpec } from "@fc/lambda/backend";
import type { RuntimeApi, SessionOptions } from "@fc/lambda/runtime-api";
import { type GateSources, readGateSources } from "./gate-sources.ts";
import { HostResolver, type Lookup } from "./host-resolver.ts";
import { PodEnvironment } from "./pod-environment.ts";
import { buildPodSpec, buildPoolPodSpec, type PodContext, podKind } from "./pod-spec.ts";
import type { LambdaK8sSettings } from "./settings.ts";

export interface PodMakerOptions {
  readonly client: K8sClient;
  readonly runtimeApi: RuntimeApi;
  /** The Runtime API's listener as Pods reach it. A name is resolved here: Pods get the address. */
  readonly runtimeApiAddress: { readonly host: string; readonly port: number };
  readonly podConfig?: K8sPodConfig | undefined;
  readonly pullSecret?: string | undefined;
  readonly settings: LambdaK8sSettings;
  readonly logger: Logger;
  readonly lookup?: Lookup | undefined;
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
  readonly #unsubscribe: () => void;
  readonly #reconciler: Reconciler;

  constructor(options: PodMakerOptions) {
    this.#options = options;
    this.#resolver = new HostResolver(options.runtimeApiAddress.host, options.lookup);
    this.#unsubscribe = options.client.onPodChange((type, pod) =>
      this.#environments.get(pod.metadata?.name ?? "")?.changed(type, pod),
    );
    // A Secret has its Pod's name.
    this.#reconciler = options.client.reconcile({
      service: "lambda",
      owner: "process",
      wants: ({ metadata }) => this.#environments.has(metadata.name ?? ""),
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
    const pod = buildPodSpec(blueprint.spec, blueprint.spec.deployId, this.#context(blueprint, session));
    return this.#register(new PodEnvironment({ ...this.#parts(), session, pod }));
  }

  /** A Pod that waits for a function of its kind; nothing of it exists yet. */
  forPool(blueprint: PodBlueprint): PodEnvironment {
    const session = this.#options.runtimeApi.open();
    const pod = buildPoolPodSpec(blueprint.spec, this.#context(blueprint, session));
    return this.#register(new PodEnvironment({ ...this.#parts(), session, pod }));
  }

  /** Ends every Pod and waits until they are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([...this.#environments.values()].map((environment) => environment.terminate()));
    this.#unsubscribe();
    await this.#reconciler[Symbol.asyncDispose]();
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
    const { runtimeApiAddress, settings, podConfig, pullSecret } = this.#options;
    const runtimeApi = { ip, port: runtimeApiAddress.port };
    return { environmentId: id, hostName, runtimeApi, hasLayers, gates: this.#gates, settings, podConfig, pullSecret };
  }
}
