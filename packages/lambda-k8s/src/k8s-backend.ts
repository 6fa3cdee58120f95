import type { IncomingMessage, ServerResponse } from "node:http";
import { type Logger, readSettings } from "@fc/core";
import { type ConnectOptions, K8sClient, K8sEnv, K8sPodConfig } from "@fc/k8s";
import type { EnvironmentHandle, ExecutionEnvironment, FunctionSpec, LambdaBackend } from "@fc/lambda/backend";
import { codeFromZips } from "@fc/lambda/code";
import { RuntimeApi } from "@fc/lambda/runtime-api";
import { createLambdaK8sBackend } from "./lambda-k8s-backend.ts";
import { containerName } from "./pod-context.ts";
import { riePort } from "./rie/rie-runtime.ts";
import { lambdaK8sSettings } from "./settings.ts";

export interface K8sBackendOptions {
  /** Usually `process.env`: `FAKECLOUD_K8S_*`, `FAKECLOUD_LAMBDA_K8S_*`, and what {@link K8sClient.connect} reads. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The port that the server listens on: what `FAKECLOUD_K8S_SELF_URL` means when it names none. */
  readonly serverPort: number;
  /** Where the cluster is, when the environment does not tell. */
  readonly connect?: Omit<ConnectOptions, "namespace" | "environment">;
  readonly logger?: Logger;
}

/** A function as another control plane knows it. What is absent has AWS's default. */
export type LaunchedFunction = Pick<FunctionSpec, "functionArn" | "functionName"> &
  Partial<Omit<FunctionSpec, "account" | "deployId">>;

/** A Pod whose emulator takes events. */
export interface LaunchedInstance {
  /** `address:8080`, for `POST /2015-03-31/functions/function/invocations`. */
  readonly endpoint: string;
  readonly handle: EnvironmentHandle;
}

/** Milliseconds until the emulator must listen, on top of what the settings give the cluster. */
const initTimeoutMs = 10_000;

/**
 * Function Pods for emulators that have a control plane of their own and speak HTTP to the Runtime Interface Emulator in the Pod.
 * Mount {@link K8sBackend.handle} in the server that `FAKECLOUD_K8S_SELF_URL` names: Pods fetch their code there, each with a
 * token that is for it alone, good for one use, and never logged.
 */
export class K8sBackend implements AsyncDisposable {
  readonly name = "kubernetes";
  readonly #client: K8sClient;
  readonly #runtimeApi: RuntimeApi;
  readonly #backend: LambdaBackend;
  readonly #instances = new Map<string, ExecutionEnvironment>();
  readonly #closing = new AbortController();

  private constructor(client: K8sClient, runtimeApi: RuntimeApi, backend: LambdaBackend) {
    this.#client = client;
    this.#runtimeApi = runtimeApi;
    this.#backend = backend;
  }

  /**
   * Reads the environment and connects.
   * @throws SettingsError `FC_CONFIG_INVALID` with every problem; KubernetesError `FC_K8S_CONNECT_FAILED`
   */
  static async fromEnv(options: K8sBackendOptions): Promise<K8sBackend> {
    const { environment, serverPort, connect, logger } = options;
    const k8s = K8sEnv.fromEnv(serverPort, environment);
    const settings = readSettings(lambdaK8sSettings, { environment });
    const podConfig = K8sPodConfig.resolvedBase("FAKECLOUD_LAMBDA_K8S", environment);
    const log = logger === undefined ? {} : { logger };
    const client = await K8sClient.connect({ ...log, ...connect, environment, namespace: k8s.namespace });
    const runtimeApi = new RuntimeApi(log);
    const { port, protocol } = new URL(k8s.selfUrl);
    const backend = createLambdaK8sBackend({
      ...log,
      client,
      runtimeApi,
      runtimeApiAddress: { host: k8s.selfHost, port: Number(port) || (protocol === "https:" ? 443 : 80) },
      awsEndpointUrl: k8s.selfUrl,
      localPort: serverPort,
      ecr: { host: k8s.ecrHost, port: k8s.ecrPort },
      podConfig,
      ...(k8s.pullSecret === undefined ? {} : { pullSecret: k8s.pullSecret }),
      settings: { ...settings, transport: "rie" },
    });
    return new K8sBackend(client, runtimeApi, backend);
  }

  /** Serves a request of a Pod. False when it is none: then it is the server's own. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    if (!this.#runtimeApi.accepts(request)) return false;
    this.#runtimeApi.handle(request, response);
    return true;
  }

  /**
   * Starts an instance of its own, whatever runs already, and resolves when its port takes connections. When it rejects nothing is left.
   * @param codeZip absent for a container image
   * @param layers zips, of which a later one wins
   * @throws BackendError `FC_LAMBDA_LAUNCH_FAILED` with Kubernetes' reason; AwsError for what is no good zip
   */
  async launch(
    func: LaunchedFunction,
    codeZip: Uint8Array | undefined,
    layers: readonly Uint8Array[],
    deployId: string,
  ): Promise<LaunchedInstance> {
    const spec = specOf(func, deployId);
    const code = await codeFromZips(codeZip, layers);
    const { signal } = this.#closing;
    const environment = await this.#backend.launch({ spec, code, initTimeoutMs }, { signal });
    const name = podNameOf(environment.handle) ?? "";
    this.#instances.set(name, environment);
    void environment.ended.then(() => this.#instances.delete(name));
    const { podIP = "" } = (await this.#client.getPod(name, { signal }))?.status ?? {};
    return { endpoint: `${podIP.includes(":") ? `[${podIP}]` : podIP}:${riePort}`, handle: environment.handle };
  }

  /** Ends an instance; idempotent. Handles of other backends are ignored. */
  async terminate(handle: EnvironmentHandle): Promise<void> {
    const name = podNameOf(handle);
    if (name !== undefined) await this.#instances.get(name)?.terminate();
  }

  /** What the container wrote; undefined when there is nothing, or no such instance. */
  async instanceLogs(handle: EnvironmentHandle): Promise<string | undefined> {
    const name = podNameOf(handle);
    if (name === undefined || !this.#instances.has(name)) return undefined;
    const text = await this.#client.podLogs(name, containerName, { limitBytes: 10 * 1024 * 1024 }).catch(() => "");
    return text === "" ? undefined : text;
  }

  /** Removes function Pods of processes that died; resolves with how many. */
  reapStale(): Promise<number> {
    return this.#backend.reapStale();
  }

  /** Has a node pull an image, and gives its digest. @throws BackendError `FC_LAMBDA_LAUNCH_FAILED` with Kubernetes' reason */
  async prepullImage(image: string): Promise<string | undefined> {
    const functionName = "prepull";
    const functionArn = `arn:aws:lambda:us-east-1:${unknownAccount}:function:${functionName}`;
    return await this.#backend.pullImage?.(specOf({ functionArn, functionName, image: { uri: image } }, "prepull"));
  }

  /** Ends every instance and the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error("The backend is closing"));
    await this.#backend[Symbol.asyncDispose]();
    await this.#runtimeApi[Symbol.asyncDispose]();
    await this.#client[Symbol.asyncDispose]();
  }
}

const unknownAccount = "000000000000";

/** The fifth part of an ARN, when that is an account. */
export function accountOf(arn: string): string {
  const account = arn.split(":")[4] ?? "";
  return /^\d{12}$/.test(account) ? account : unknownAccount;
}

function specOf(func: LaunchedFunction, deployId: string): FunctionSpec {
  const { functionArn, functionName } = func;
  return {
    account: accountOf(functionArn),
    region: functionArn.split(":")[3] || "us-east-1",
    version: "$LATEST",
    runtime: "",
    handler: "",
    memorySizeMb: 128,
    timeoutSeconds: 3,
    ephemeralStorageMb: 512,
    architecture: "x86_64",
    environment: {},
    logGroup: `/aws/lambda/${functionName}`,
    role: "",
    tags: {},
    ...func,
    deployId,
  };
}

function podNameOf(handle: EnvironmentHandle): string | undefined {
  return handle.kind === "pod" ? handle.name : undefined;
}
