import type { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { elastiCacheClient, lambdaClient } from "../lib/clients.ts";
import { execProgram } from "../lib/programs.ts";
import { createNamespace, machineAddress, startServerOnCluster } from "../lib/server-on-cluster.ts";
import { cleanEnvironment, type ServerProcess, startServer } from "../lib/server-process.ts";

/** The server under load, which may be killed and started again, and its cluster. */
export class Ground implements AsyncDisposable {
  /** At which functions reach this machine. */
  readonly address: string;
  readonly #namespace: string | undefined;
  readonly #args: readonly string[];
  #server: ServerProcess;
  #lambda: LambdaClient;
  #caches: ElastiCacheClient;

  private constructor(server: ServerProcess, address: string, namespace: string | undefined, args: readonly string[]) {
    this.#server = server;
    this.address = address;
    this.#namespace = namespace;
    this.#args = args;
    this.#lambda = lambdaClient(server.url);
    this.#caches = elastiCacheClient(server.url);
  }

  /** @param namespace to be made for it on the cluster of KUBECONFIG; without one the embedded cluster */
  static async start(args: readonly string[], namespace?: string): Promise<Ground> {
    if (namespace !== undefined) await createNamespace(namespace);
    const address = namespace === undefined ? "127.0.0.1" : await machineAddress();
    return new Ground(await startOn(namespace, args), address, namespace, args);
  }

  /** Whether caches and their data outlive the server. */
  get outlived(): boolean {
    return this.#namespace !== undefined;
  }

  get server(): ServerProcess {
    return this.#server;
  }

  get lambda(): LambdaClient {
    return this.#lambda;
  }

  get caches(): ElastiCacheClient {
    return this.#caches;
  }

  kubectl(...args: string[]): Promise<string> {
    const KUBECONFIG = this.#namespace === undefined ? this.#server.kubeconfig : (process.env["KUBECONFIG"] ?? "");
    return execProgram("kubectl", ["-n", this.#namespace ?? "default", ...args], { ...cleanEnvironment(), KUBECONFIG });
  }

  /** Kills the server, without a word, and starts the next one. */
  async killServer(): Promise<void> {
    await this.#server.stop("SIGKILL");
    this.#server = await startOn(this.#namespace, this.#args);
    this.#lambda = lambdaClient(this.#server.url);
    this.#caches = elastiCacheClient(this.#server.url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    if (this.#namespace !== undefined) await this.kubectl("delete", "namespace", this.#namespace, "--wait=false");
  }
}

function startOn(namespace: string | undefined, args: readonly string[]): Promise<ServerProcess> {
  return namespace === undefined ? startServer({ args }) : startServerOnCluster(namespace, {}, args);
}
