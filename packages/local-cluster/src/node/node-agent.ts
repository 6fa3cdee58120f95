import { randomInt } from "node:crypto";
import { connect } from "node:net";
import { cpus } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { type Clock, errorText, type Logger, Semaphore, silentLogger, systemClock } from "@fc/core";
import { type BuiltInImageOptions, builtInImageHandlers } from "../images/built-in-image-handlers.ts";
import type { ImageHandler } from "../images/image-handler.ts";
import { type ObjectStore, timestamp } from "../store/object-store.ts";
import { StatusError } from "../store/status-error.ts";
import type { StoreEvent } from "../store/watch-history.ts";
import { ActiveValues } from "./active-values.ts";
import { AddressPool } from "./address-pool.ts";
import { ChangeSignal } from "./change-signal.ts";
import {
  attachToContainer,
  type ContainerIo,
  containerLog,
  execInContainer,
  type LogOptions,
} from "./container-streams.ts";
import { createEventRecorder } from "./event-recorder.ts";
import type { Isolation, IsolationLevel } from "./isolation/isolation.ts";
import { OutputPipes } from "./isolation/output-pipes.ts";
import { probeIsolation } from "./isolation/probe-isolation.ts";
import { claimDirectory } from "./leftovers.ts";
import { MemoryWatchdog } from "./memory-watchdog.ts";
import { announceNode, machineCapacity } from "./node-object.ts";
import type { ContainerRunner } from "./pod/container-runner.ts";
import type { AgentServices } from "./pod/pod-context.ts";
import { PodWorker } from "./pod/pod-worker.ts";
import type { Pod } from "./pod-types.ts";

/** A Pod as the caller names it; with a uid, only that one. */
export interface PodReference {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid?: string };
}

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
  /** How late the status of a Pod is written. */
  readonly statusDelaysMs: ActiveValues;
  /** Kills the Pod and leaves it as Failed with reason Evicted. Throws StatusError when it does not run here. */
  evict(pod: PodReference, message: string): void;
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
  readonly nodeName?: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

const hostIp = "127.0.0.1";
/** Starting a sandbox is mostly the kernel's work: more at once than this only makes each one slower. */
const parallelStarts = 16;

/**
 * Starts the agent: announces the node and runs every Pod of the store, present and future, until it is disposed of; then
 * nothing of any Pod is left.
 * @throws FcError `FC_CLUSTER_ISOLATION`, `FC_CLUSTER_DATA_IN_USE`
 */
export async function createNodeAgent(options: NodeAgentOptions): Promise<NodeAgent & NodeAgentControls> {
  const { store, clock = systemClock, logger = silentLogger, nodeName = "fc-local" } = options;
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
  const capacity = machineCapacity(cpus().length);
  const builtIn = builtInImageHandlers({ valkeyFallback: true, ...options.builtInImages });
  const imageHandlers = [...(options.imageHandlers ?? []), ...builtIn];
  const agent = new LocalNodeAgent(isolation, {
    ...{ store, clock, logger, isolation, imageHandlers, capacity, nodeName, hostIp, directory, uid },
    record: createEventRecorder({ store, clock, nodeName }),
    memory: new MemoryWatchdog(clock),
    starts: new Semaphore(parallelStarts),
    outputPipes: new OutputPipes(join(directory, "pods")),
    startDelaysMs: new ActiveValues(),
    statusDelaysMs: new ActiveValues(),
  });
  agent.start();
  return agent;
}

class LocalNodeAgent implements NodeAgent, NodeAgentControls {
  readonly isolation: Isolation;
  readonly startDelaysMs: ActiveValues;
  readonly statusDelaysMs: ActiveValues;
  readonly #services: AgentServices;
  readonly #workers = new Map<string, PodWorker>();
  readonly #running = new Set<Promise<void>>();
  readonly #addresses = new AddressPool(randomInt(0x10000));
  readonly #configChanges = new ChangeSignal();
  readonly #unwatch: (() => void)[] = [];
  /** Pods whose address is being allocated. */
  readonly #starting = new Set<string>();
  #closed = false;

  constructor(isolation: Isolation, services: Omit<AgentServices, "configChanged">) {
    this.isolation = isolation;
    this.startDelaysMs = services.startDelaysMs;
    this.statusDelaysMs = services.statusDelaysMs;
    this.#services = { ...services, configChanged: (signal) => this.#configChanges.next(signal) };
  }

  start(): void {
    const { store } = this.#services;
    this.#unwatch.push(announceNode(this.#services));
    for (const resource of ["secrets", "configmaps", "persistentvolumeclaims"]) {
      this.#unwatch.push(store.watch(resource, () => this.#configChanges.notify()));
    }
    this.#unwatch.push(store.watch<Pod>("pods", (event) => this.#onPod(event)));
    for (const pod of store.peekList<Pod>("pods")) this.#adopt(pod);
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
      socket.once("error", (error) => reject(StatusError.internal(`dial tcp ${podIp}:${port}: ${errorText(error)}`)));
    });
  }

  evict(pod: PodReference, message: string): void {
    this.#worker(pod).evict(message);
  }

  /** Kills every Pod at once and waits until all are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const unwatch of this.#unwatch.splice(0)) unwatch();
    for (const worker of this.#workers.values()) worker.terminate(0);
    await Promise.all(this.#running);
    this.#services.outputPipes[Symbol.dispose]();
  }

  #onPod({ type, object: pod }: StoreEvent<Pod>): void {
    const worker = this.#workers.get(pod.metadata.uid ?? "");
    if (type === "DELETED") {
      worker?.terminate(0);
    } else if (worker === undefined) {
      this.#adopt(pod);
    } else {
      worker.refresh(pod);
      if (pod.metadata.deletionTimestamp !== undefined) worker.terminate(graceOf(pod));
    }
  }

  /** Binds a Pod that waits for a node, and begins to run one that is bound here. */
  #adopt(pod: Pod): void {
    const { store, nodeName, record } = this.#services;
    const { name, namespace = "", uid = "" } = pod.metadata;
    const phase = pod.status?.phase ?? "Pending";
    if (
      this.#closed ||
      phase === "Succeeded" ||
      phase === "Failed" ||
      this.#workers.has(uid) ||
      this.#starting.has(uid)
    )
      return;
    if (pod.spec.nodeName !== undefined && pod.spec.nodeName !== "") {
      if (pod.spec.nodeName === nodeName) this.#run(pod);
      return;
    }
    if (pod.metadata.deletionTimestamp !== undefined) return;
    const why = this.#unschedulable(pod);
    if (why !== undefined) {
      this.#cannotSchedule(pod, why);
      return;
    }
    store.modify<Pod>("pods", namespace, name, (draft) => {
      draft.spec.nodeName = nodeName;
    });
    record(pod, "Normal", "Scheduled", `Successfully assigned ${namespace}/${name} to ${nodeName}`);
  }

  #unschedulable(pod: Pod): string | undefined {
    const { store, nodeName } = this.#services;
    const labels = store.peek("nodes", "", nodeName)?.metadata.labels ?? {};
    const unmatched = Object.entries(pod.spec.nodeSelector ?? {}).some(([key, value]) => labels[key] !== value);
    if (!unmatched) return undefined;
    return "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";
  }

  #cannotSchedule(pod: Pod, message: string): void {
    const { store, clock, record } = this.#services;
    if (pod.status?.conditions?.some(({ type, reason }) => type === "PodScheduled" && reason === "Unschedulable"))
      return;
    record(pod, "Warning", "FailedScheduling", message);
    const lastTransitionTime = timestamp(clock.now());
    store.modify<Pod>("pods", pod.metadata.namespace ?? "", pod.metadata.name, (draft) => {
      draft.status = {
        ...draft.status,
        phase: "Pending",
        conditions: [
          {
            type: "PodScheduled",
            status: "False",
            reason: "Unschedulable",
            message,
            lastProbeTime: null,
            lastTransitionTime,
          },
        ],
      };
    });
  }

  #run(pod: Pod): void {
    const uid = pod.metadata.uid ?? "";
    const running = this.#runToEnd(pod, uid).catch((error: unknown) => {
      this.#services.logger.error({ pod: pod.metadata.name, error: errorText(error) }, "a Pod could not be run");
    });
    this.#running.add(running);
    running.finally(() => this.#running.delete(running));
  }

  async #runToEnd(pod: Pod, uid: string): Promise<void> {
    const ports = pod.spec.containers
      .flatMap((container) => container.ports ?? [])
      .filter(({ protocol = "TCP" }) => protocol === "TCP");
    this.#starting.add(uid);
    const podIp = await this.#addresses.allocate(ports.map(({ containerPort }) => containerPort));
    this.#starting.delete(uid);
    const { name, namespace = "" } = pod.metadata;
    const now = this.#services.store.peek<Pod>("pods", namespace, name);
    if (now?.metadata.uid === uid && !this.#closed) {
      const worker = new PodWorker(this.#services, now, podIp);
      this.#workers.set(uid, worker);
      const ended = worker.run();
      if (now.metadata.deletionTimestamp !== undefined) worker.terminate(graceOf(now));
      await ended;
      this.#workers.delete(uid);
    }
    this.#addresses.release(podIp);
  }

  #worker(pod: PodReference): PodWorker {
    const { name, namespace = "", uid } = pod.metadata;
    for (const worker of this.#workers.values()) {
      const { metadata } = worker.pod;
      if (uid === undefined ? metadata.name === name && metadata.namespace === namespace : metadata.uid === uid)
        return worker;
    }
    throw StatusError.badRequest(`pod ${name} does not have a host assigned`);
  }

  #runner(pod: PodReference, container: string): { worker: PodWorker; runner: ContainerRunner } {
    const worker = this.#worker(pod);
    const runner = worker.container(container);
    if (runner === undefined)
      throw StatusError.badRequest(`container ${container} is not valid for pod ${pod.metadata.name}`);
    return { worker, runner };
  }
}

function graceOf(pod: Pod): number {
  return (pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30) * 1_000;
}
