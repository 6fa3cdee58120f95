import { randomInt } from "node:crypto";
import { connect } from "node:net";
import { cpus } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { type Clock, type Logger, Semaphore, silentLogger, systemClock } from "@fc/core";
import { type BuiltInImageOptions, builtInImageHandlers } from "../images/built-in-image-handlers.ts";
import type { ImageHandler } from "../images/image-handler.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { StatusError } from "../store/status-error.ts";
import { ActiveValues } from "./active-values.ts";
import { AddressPool } from "./address-pool.ts";
import { ConfigChanges, configResources } from "./config-changes.ts";
import {
  attachToContainer,
  type ContainerIo,
  containerLog,
  execInContainer,
  type LogOptions,
} from "./container-streams.ts";
import { dialFailure } from "./dial-failure.ts";
import type { Isolation, IsolationLevel } from "./isolation/isolation.ts";
import { OutputPipes } from "./isolation/output-pipes.ts";
import { probeIsolation } from "./isolation/probe-isolation.ts";
import { claimDirectory } from "./leftovers.ts";
import { MemoryWatchdog } from "./memory-watchdog.ts";
import { machineCapacity } from "./node-object.ts";
import type { ContainerRunner } from "./pod/container-runner.ts";
import type { NodeCapacity } from "./pod/downward-field.ts";
import type { SharedServices } from "./pod/pod-context.ts";
import type { PodReference } from "./pod/pod-reference.ts";
import type { PodWorker } from "./pod/pod-worker.ts";
import { VirtualNode } from "./virtual-node.ts";

/** The kubelet's part of the cluster: runs the Pods of the store, and serves their streams to the API. */
export interface NodeAgent extends AsyncDisposable {
  readonly isolation: { readonly level: IsolationLevel; readonly detail: string };
  /** Runs `argv` beside the container's process. Throws StatusError when there is none. */
  exec(pod: PodReference, container: string, argv: readonly string[], io: ContainerIo): Promise<{ exitCode: number }>;
  attach(pod: PodReference, container: string, io: ContainerIo): Promise<void>;
  /** Throws StatusError 400 in the kubelet's words when there is no such log. */
  logs(pod: PodReference, container: string, options: LogOptions): AsyncIterable<Uint8Array>;
  /** A connection to a port of the Pod. */
  dial(pod: PodReference, port: number): Promise<Duplex>;
}

/** What makes Pods misbehave on demand. */
export interface NodeAgentControls {
  /** How long a Pod stays in ContainerCreating, at least. */
  readonly startDelaysMs: ActiveValues;
  /** How long the image of a container is pulled, where it would be there at once. */
  readonly pullDelaysMs: ActiveValues;
  /** How late the status of a Pod is written. */
  readonly statusDelaysMs: ActiveValues;
  /** Kills the Pod and leaves it as Failed with reason Evicted. Throws StatusError when it does not run here. */
  evict(pod: PodReference, message: string): void;
  /** As a power cut: everything on the node dies at once and nobody tells. Throws StatusError when there is no such node. */
  loseNode(name: string): void;
  /** The node comes back and reports what has become of its Pods. */
  restoreNode(name: string): void;
}

export interface NodeAgentOptions {
  readonly store: ObjectStore;
  /** The agent keeps a folder `node` in it, mode 0700. Only one live agent may use it. */
  readonly dataDirectory: string;
  /** Asked before the built-in ones. */
  readonly imageHandlers?: readonly ImageHandler[];
  /** Default: redis-server may run for valkey images, with a warning, when there is no valkey-server. */
  readonly builtInImages?: BuiltInImageOptions;
  /** Default `auto`: the best that works on this machine. */
  readonly isolation?: IsolationLevel | "auto";
  /** Where util-linux is looked for. Default: the usual folders. */
  readonly searchPath?: readonly string[];
  /** How many virtual nodes share this machine: `fc-local`, `fc-local-2` … Each announces the whole machine. Default 1. */
  readonly nodes?: number;
  /** What each node announces. Default: the machine's CPUs and memory. */
  readonly capacity?: Partial<NodeCapacity>;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** The name of the node that every cluster has. */
export const firstNode = "fc-local";
const hostIp = "127.0.0.1";
/** Starting a sandbox is mostly the kernel's work: more at once than this only makes each one slower. */
const parallelStarts = 16;

/**
 * Starts the agent: announces its nodes and runs every Pod that is bound to one, present and future, until it is disposed
 * of; then nothing of any Pod is left.
 * @throws FcError `FC_CLUSTER_ISOLATION`, `FC_CLUSTER_DATA_IN_USE`
 */
export async function createNodeAgent(options: NodeAgentOptions): Promise<NodeAgent & NodeAgentControls> {
  const { store, clock = systemClock, logger = silentLogger } = options;
  const directory = join(options.dataDirectory, "node");
  await claimDirectory(directory, logger);
  const uid = process.getuid?.();
  const isolation = await probeIsolation({
    choice: options.isolation ?? "auto",
    directory,
    uid,
    logger,
    ...(options.searchPath === undefined ? {} : { searchPath: options.searchPath }),
  });
  const builtIn = builtInImageHandlers({ valkeyFallback: true, ...options.builtInImages });
  const agent = new LocalNodeAgent(options.nodes ?? 1, {
    ...{ store, clock, logger, isolation, hostIp, directory, uid },
    imageHandlers: [...(options.imageHandlers ?? []), ...builtIn],
    capacity: { ...machineCapacity(cpus().length, directory), ...options.capacity },
    addresses: new AddressPool(randomInt(0x10000)),
    configChanges: new ConfigChanges(),
    memory: new MemoryWatchdog(clock),
    starts: new Semaphore(parallelStarts),
    outputPipes: new OutputPipes(join(directory, "pods")),
    startDelaysMs: new ActiveValues(),
    pullDelaysMs: new ActiveValues(),
    statusDelaysMs: new ActiveValues(),
  });
  agent.start();
  return agent;
}

class LocalNodeAgent implements NodeAgent, NodeAgentControls {
  readonly #services: SharedServices;
  readonly #nodes: readonly VirtualNode[];
  readonly #unwatch: (() => void)[] = [];

  constructor(count: number, services: SharedServices) {
    this.#services = services;
    const name = (index: number): string => (index === 0 ? firstNode : `${firstNode}-${index + 1}`);
    this.#nodes = Array.from({ length: count }, (_, index) => new VirtualNode(name(index), services));
  }

  get isolation(): Isolation {
    return this.#services.isolation;
  }

  get startDelaysMs(): ActiveValues {
    return this.#services.startDelaysMs;
  }

  get pullDelaysMs(): ActiveValues {
    return this.#services.pullDelaysMs;
  }

  get statusDelaysMs(): ActiveValues {
    return this.#services.statusDelaysMs;
  }

  start(): void {
    const { store, configChanges } = this.#services;
    for (const resource of configResources) {
      this.#unwatch.push(store.watch(resource, ({ object }) => configChanges.notify(resource, object.metadata)));
    }
    for (const node of this.#nodes) node.start();
  }

  async exec(
    pod: PodReference,
    container: string,
    argv: readonly string[],
    io: ContainerIo,
  ): Promise<{ exitCode: number }> {
    return await execInContainer(this.#runner(pod, container).runner, argv, io);
  }

  async attach(pod: PodReference, container: string, io: ContainerIo): Promise<void> {
    await attachToContainer(this.#runner(pod, container).runner, io);
  }

  logs(pod: PodReference, container: string, options: LogOptions): AsyncIterable<Uint8Array> {
    const { worker, runner } = this.#runner(pod, container);
    return containerLog(worker, runner, options);
  }

  dial(pod: PodReference, port: number): Promise<Duplex> {
    const { podIp } = this.#worker(pod).addresses;
    return new Promise((resolve, reject) => {
      const socket = connect({ host: podIp, port, noDelay: true });
      socket.once("connect", () => resolve(socket));
      socket.once("error", (error) => reject(StatusError.internal(dialFailure(podIp, port, error))));
    });
  }

  evict(pod: PodReference, message: string): void {
    this.#worker(pod).evict(message, true);
  }

  loseNode(name: string): void {
    this.#node(name).lose();
  }

  restoreNode(name: string): void {
    this.#node(name).restore();
  }

  /** Kills every Pod at once and waits until all are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const unwatch of this.#unwatch.splice(0)) unwatch();
    await Promise.all(this.#nodes.map((node) => node[Symbol.asyncDispose]()));
    this.#services.outputPipes[Symbol.dispose]();
  }

  #node(name: string): VirtualNode {
    const node = this.#nodes.find((one) => one.name === name);
    if (node === undefined) throw new StatusError(404, "NotFound", `nodes "${name}" not found`);
    return node;
  }

  #worker(pod: PodReference): PodWorker {
    for (const node of this.#nodes) {
      const worker = node.worker(pod);
      if (worker === undefined) continue;
      if (!node.isLost) return worker;
      throw StatusError.internal(`error dialing backend: dial tcp ${hostIp}:10250: connect: no route to host`);
    }
    throw StatusError.badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  }

  #runner(pod: PodReference, container: string): { worker: PodWorker; runner: ContainerRunner } {
    const worker = this.#worker(pod);
    const runner = worker.container(container);
    if (runner === undefined)
      throw StatusError.badRequest(`container ${container} is not valid for pod ${pod.metadata.name}`);
    return { worker, runner };
  }
}
