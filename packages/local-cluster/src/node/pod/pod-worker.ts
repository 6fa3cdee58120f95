import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Deferred, deferred, errorText } from "@fc/core";
import { timestamp } from "../../store/object-store.ts";
import { isSidecar, type Pod, type PodStatus, restartPolicyOf } from "../pod-types.ts";
import { type ConfigSource, storeConfigSource } from "./config-source.ts";
import { ContainerRunner } from "./container-runner.ts";
import { MountedVolumes } from "./mounted-volumes.ts";
import type { AgentServices, PodContext } from "./pod-context.ts";
import { podStatus } from "./pod-status.ts";

/** Runs one Pod from its binding to its removal from the store, and keeps its status there. */
export class PodWorker implements PodContext {
  readonly services: AgentServices;
  readonly directory: string;
  readonly source: ConfigSource;
  readonly addresses: { readonly podIp: string; readonly hostIp: string };
  readonly #stopping = new AbortController();
  readonly #finished = deferred();
  readonly #runners: ContainerRunner[] = [];
  readonly #startTime: string;
  readonly #volumes: MountedVolumes;
  #pod: Pod;
  #failure: { reason: string; message: string } | undefined;
  #disrupted = false;
  /** Whether the Pod has its address: from the moment when its containers could be started. */
  #hasSandbox = false;
  /** While the node is lost. */
  #back: Deferred<void> | undefined;
  #dirty = false;
  #statusChanged = deferred();
  #graceMs: number | undefined;
  #cancelDeadline: () => void = () => undefined;

  constructor(services: AgentServices, pod: Pod, podIp: string) {
    this.services = services;
    this.#pod = pod;
    this.directory = join(services.directory, "pods", pod.metadata.uid ?? pod.metadata.name);
    this.source = storeConfigSource(services.store, pod.metadata.namespace ?? "");
    this.addresses = { podIp, hostIp: services.hostIp };
    this.#volumes = new MountedVolumes(this, {
      containerFolders: (name) => this.container(name)?.folders ?? [],
      onExceeded: (message) => this.evict(message, false),
    });
    this.#startTime = timestamp(services.clock.now());
    const init = pod.spec.initContainers ?? [];
    const waiting = init.length > 0 ? "PodInitializing" : "ContainerCreating";
    for (const container of init) {
      this.#runners.push(
        new ContainerRunner(this, container, isSidecar(container) ? "sidecar" : "init", "PodInitializing"),
      );
    }
    for (const container of pod.spec.containers)
      this.#runners.push(new ContainerRunner(this, container, "main", waiting));
  }

  get pod(): Pod {
    return this.#pod;
  }

  get volumes(): ReadonlyMap<string, string> {
    return this.#volumes.folders;
  }

  /** The runner of a container of any role. */
  container(name: string): ContainerRunner | undefined {
    return this.#runners.find((runner) => runner.container.name === name);
  }

  /** The Pod as the store has it now: same uid, other labels, annotations or status. */
  refresh(pod: Pod): void {
    const before = this.#pod;
    this.#pod = pod;
    this.#volumes.podChanged(before, pod);
  }

  changed(): void {
    this.#statusChanged.resolve();
    this.#statusChanged = deferred();
    if (this.#dirty) return;
    // Several changes of one turn become one write.
    this.#dirty = true;
    const publish = (): void => {
      if (this.#dirty) this.#publish();
    };
    const delayMs = this.services.statusDelaysMs.largest;
    if (delayMs === undefined) queueMicrotask(publish);
    else this.services.clock.after(delayMs, publish);
  }

  /** Kills the containers and ends the Pod. `disrupted`: for lack of something on the node, not by its own doing. */
  evict(message: string, disrupted: boolean): void {
    if (this.#failure !== undefined || this.#stopping.signal.aborted) return;
    this.services.record(this.#pod, "Warning", "Evicted", message);
    this.#disrupted = disrupted;
    this.#fail("Evicted", message, 0);
  }

  /** The node loses power: every process dies, and nothing is reported until {@link resume}. */
  crash(): void {
    this.#back = deferred();
    for (const runner of this.#runners) runner.crash();
  }

  resume(): void {
    this.#back?.resolve();
    this.#back = undefined;
    this.changed();
  }

  nodeBack(): Promise<void> {
    return this.#back?.promise ?? Promise.resolve();
  }

  /** Runs the Pod; resolves when it is gone: ended and deleted, its folder removed. Never rejects. */
  async run(): Promise<void> {
    const { logger } = this.services;
    try {
      mkdirSync(join(this.directory, "logs"), { recursive: true, mode: 0o700 });
      this.#armDeadline();
      await this.#runContainers();
    } catch (error) {
      if (!this.#stopping.signal.aborted) {
        logger.error({ pod: this.#pod.metadata.name, error: errorText(error) }, "a Pod failed");
        this.#fail("Failed", errorText(error));
      }
    }
    this.#cancelDeadline();
    this.#volumes.stop();
    this.changed();
    // A Pod that has ended stays, with its logs, until it is deleted.
    await this.#finished.promise;
    this.#publish();
    for (const runner of this.#runners) runner.dispose();
    await rm(this.directory, { recursive: true, force: true, maxRetries: 2 }).catch((error: unknown) =>
      logger.warn({ directory: this.directory, error: errorText(error) }, "could not remove a Pod's folder"),
    );
  }

  /** Deletes the Pod: stops its containers, then removes it from the store. Again with less grace: hurries. */
  terminate(graceMs: number): void {
    const first = this.#graceMs === undefined;
    this.#graceMs = Math.min(graceMs, this.#graceMs ?? graceMs);
    if (!first) {
      for (const runner of this.#runners) runner.stop(this.#graceMs);
      return;
    }
    this.#stopping.abort();
    this.#stopAll(this.#graceMs)
      .then(() => this.nodeBack())
      .then(() => {
        this.#publish();
        this.#finished.resolve();
        this.#removeFromStore();
      });
  }

  /** As a kubelet does it: a deletion without grace, which waits for finalizers only. */
  #removeFromStore(): void {
    const { store } = this.services;
    const { namespace = "", name, uid } = this.#pod.metadata;
    const last = store.modify<Pod>("pods", namespace, name, ({ metadata }) => {
      if (metadata.uid === uid && metadata.deletionTimestamp !== undefined) metadata.deletionGracePeriodSeconds = 0;
    });
    if ((last?.metadata.finalizers ?? []).length === 0) store.remove("pods", namespace, name, { uid });
  }

  async #runContainers(): Promise<void> {
    this.changed();
    await Promise.resolve();
    const delayMs = this.services.startDelaysMs.largest;
    if (delayMs !== undefined) await this.services.clock.sleep(delayMs, this.#stopping.signal);
    await this.#volumes.mount(this.#stopping.signal);
    this.#hasSandbox = true;
    this.changed();
    const sidecars: Promise<void>[] = [];
    for (const runner of this.#runners) {
      if (runner.role === "main") continue;
      const running = this.#start(runner);
      if (runner.role === "sidecar") {
        sidecars.push(running);
        await this.#until(() => runner.status.started);
        continue;
      }
      await running;
      this.#stopping.signal.throwIfAborted();
      if (runner.status.state.terminated?.exitCode !== 0) return this.#stopSidecars(sidecars);
    }
    await Promise.all(this.#runners.filter(({ role }) => role === "main").map((runner) => this.#start(runner)));
    if (restartPolicyOf(this.#pod) !== "Always" || this.#stopping.signal.aborted) await this.#stopSidecars(sidecars);
  }

  readonly #running = new Map<ContainerRunner, Promise<void>>();

  #start(runner: ContainerRunner): Promise<void> {
    const running = runner.run();
    this.#running.set(runner, running);
    running.catch(() => undefined);
    return running;
  }

  async #stopAll(graceMs: number): Promise<void> {
    const startMs = this.services.clock.now();
    const main = this.#runners.filter(({ role }) => role !== "sidecar");
    for (const runner of main) runner.stop(graceMs);
    await this.#settled(main);
    // Sidecars go after the containers they serve, the last one first, with what is left of the grace.
    for (const runner of this.#runners.filter(({ role }) => role === "sidecar").reverse()) {
      const left = (this.#graceMs ?? 0) - (this.services.clock.now() - startMs);
      runner.stop(Math.max(0, left));
      await this.#settled([runner]);
    }
  }

  async #stopSidecars(sidecars: readonly Promise<void>[]): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const graceMs = this.#ownGraceMs();
    for (const runner of this.#runners) if (runner.role === "sidecar") runner.stop(graceMs);
    await Promise.allSettled(sidecars);
  }

  async #settled(runners: readonly ContainerRunner[]): Promise<void> {
    await Promise.allSettled(runners.map((runner) => this.#running.get(runner)));
  }

  async #until(holds: () => boolean): Promise<void> {
    const aborted = new Promise<void>((resolve) => {
      this.#stopping.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    while (!holds()) {
      this.#stopping.signal.throwIfAborted();
      await Promise.race([this.#statusChanged.promise, aborted]);
    }
  }

  #armDeadline(): void {
    const seconds = this.#pod.spec.activeDeadlineSeconds;
    if (seconds === undefined) return;
    const message = "Pod was active on the node longer than the specified deadline";
    this.#cancelDeadline = this.services.clock.after(seconds * 1_000, () => {
      this.services.record(this.#pod, "Normal", "DeadlineExceeded", message);
      this.#fail("DeadlineExceeded", message);
    });
  }

  #fail(reason: string, message: string, graceMs = this.#ownGraceMs()): void {
    this.#failure = { reason, message };
    this.#stopping.abort();
    this.changed();
    for (const runner of this.#runners) runner.stop(graceMs);
  }

  #ownGraceMs(): number {
    return (this.#pod.spec.terminationGracePeriodSeconds ?? 30) * 1_000;
  }

  #publish(): void {
    this.#dirty = false;
    if (this.services.isLost()) return;
    const { namespace = "", name, uid } = this.#pod.metadata;
    this.services.store.modify<Pod>("pods", namespace, name, (draft) => {
      if (draft.metadata.uid === uid) draft.status = { ...draft.status, ...this.#status(draft) };
    });
  }

  #status(pod: Pod): PodStatus {
    const statuses = (init: boolean): PodStatus["containerStatuses"] =>
      this.#runners.filter(({ role }) => (role === "main") !== init).map(({ status }) => status);
    return podStatus({
      pod,
      initContainers: statuses(true) ?? [],
      containers: statuses(false) ?? [],
      hostIp: this.addresses.hostIp,
      podIp: this.#hasSandbox ? this.addresses.podIp : undefined,
      startTime: this.#startTime,
      now: timestamp(this.services.clock.now()),
      failure: this.#failure,
      disrupted: this.#disrupted,
      deleted: this.#graceMs !== undefined,
    });
  }
}
