import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { errorText } from "@fc/core";
import type { ImagePlan } from "../../images/image-handler.ts";
import type { ContainerProcess } from "../isolation/isolation.ts";
import { ContainerLog } from "../logs/container-log.ts";
import {
  type Container,
  type ContainerState,
  type ContainerStatus,
  restartPolicyOf,
  type Terminated,
} from "../pod-types.ts";
import { BackOff } from "./back-off.ts";
import { ContainerConfigError } from "./container-config-error.ts";
import { containerEnv } from "./container-env.ts";
import { fullImageName, resolveImage } from "./container-image.ts";
import { containerLaunch } from "./container-launch.ts";
import { ContainerRun } from "./container-run.ts";
import type { PodContext } from "./pod-context.ts";

export type ContainerRole = "init" | "sidecar" | "main";

/** What a kubelet says of a container that it stops before it has started. */
const neverRan: Terminated = {
  ...{ exitCode: 137, reason: "ContainerStatusUnknown", startedAt: null, finishedAt: null },
  message: "The container could not be located when the pod was terminated",
};

/** Runs one container of a Pod, again and again as its restart policy says, and keeps its status. */
export class ContainerRunner {
  readonly container: Container;
  readonly role: ContainerRole;
  readonly #context: PodContext;
  readonly #stopping = new AbortController();
  #status: ContainerStatus;
  #run: ContainerRun | undefined;
  #log: ContainerLog | undefined;
  #previousLog: ContainerLog | undefined;
  #attempt = 0;
  #graceMs: number | undefined;

  constructor(context: PodContext, container: Container, role: ContainerRole, waitingReason: string) {
    this.#context = context;
    this.container = container;
    this.role = role;
    const state: ContainerState = { waiting: { reason: waitingReason } };
    this.#status = {
      ...{ name: container.name, image: container.image, imageID: "", ready: false, started: false },
      ...{ restartCount: 0, state, lastState: {} },
    };
  }

  get status(): ContainerStatus {
    return this.#status;
  }

  get process(): ContainerProcess | undefined {
    return this.#run?.process;
  }

  get log(): ContainerLog | undefined {
    return this.#log;
  }

  get previousLog(): ContainerLog | undefined {
    return this.#previousLog;
  }

  /** Where the container writes outside of its volumes. */
  get folders(): readonly string[] {
    return [join(this.#context.directory, "containers", `${this.container.name}.${this.#attempt - 1}`)];
  }

  /** Resolves when the container will not run again. */
  async run(): Promise<void> {
    const backOff = new BackOff();
    const { clock } = this.#context.services;
    try {
      for (;;) {
        const plan = await this.#pulled();
        const env = await this.#configured();
        const startedMs = clock.now();
        await this.#context.nodeBack();
        this.#stopping.signal.throwIfAborted();
        const ended = await this.#runOnce(plan, env);
        await this.#context.nodeBack();
        this.#update({ ...this.#stateAfter(ended), started: false });
        if (this.#stopping.signal.aborted || !this.#restarts(ended.exitCode)) return;
        const waitMs = backOff.next(clock.now() - startedMs);
        if (waitMs > 0) await this.#crashLoop(waitMs, ended);
        this.#update({ lastState: { terminated: ended }, restartCount: this.#status.restartCount + 1 });
      }
    } catch (error) {
      if (!this.#stopping.signal.aborted) throw error;
      if (this.#status.state.waiting === undefined) return;
      // A container that was waiting when it was stopped: it shows how it ended last, if it ever ran.
      const { terminated = neverRan } = this.#status.lastState;
      this.#update({ state: { terminated } });
    }
  }

  /** SIGTERM (after the preStop hook), SIGKILL when the grace is over. May be called again, with less grace. */
  stop(graceMs: number): void {
    this.#graceMs = Math.min(graceMs, this.#graceMs ?? graceMs);
    this.#stopping.abort();
    this.#run?.stop(this.#graceMs, `Stopping container ${this.container.name}`);
  }

  /** The node loses power. */
  crash(): void {
    this.#run?.crash();
  }

  dispose(): void {
    this.#log?.dispose();
    this.#previousLog?.dispose();
  }

  async #pulled(): Promise<ImagePlan> {
    const { clock, pullDelaysMs } = this.#context.services;
    const backOff = new BackOff();
    backOff.next();
    for (;;) {
      const pullMs = pullDelaysMs.largest;
      if (pullMs !== undefined) {
        this.#event("Normal", "Pulling", `Pulling image "${this.container.image}"`);
        await clock.sleep(pullMs, this.#stopping.signal);
      }
      const resolved = await resolveImage(this.container, this.#context.services);
      this.#stopping.signal.throwIfAborted();
      if ("plan" in resolved) {
        const imageID = `sha256:${createHash("sha256").update(this.container.image).digest("hex")}`;
        this.#update({ imageID, image: fullImageName(this.container.image) });
        if (this.#attempt === 0)
          for (const { reason, message } of resolved.plan.warnings ?? []) this.#event("Warning", reason, message);
        this.#event("Normal", "Pulled", pulledMessage(this.container.image, pullMs));
        return resolved.plan;
      }
      const { reason, message, event } = resolved.problem;
      this.#event("Warning", event.reason, event.message);
      this.#event("Warning", "Failed", `Error: ${reason}`);
      this.#update({ state: { waiting: { reason, message } } });
      const waitMs = backOff.next();
      if (reason === "ErrImagePull") await this.#backOffPulling(message, Math.min(1_000, waitMs));
      await clock.sleep(waitMs, this.#stopping.signal);
    }
  }

  /** A moment later, so that a watcher sees both reasons, as on a real cluster. */
  async #backOffPulling(why: string, momentMs: number): Promise<void> {
    await this.#context.services.clock.sleep(momentMs, this.#stopping.signal);
    const { image } = this.container;
    this.#event("Normal", "BackOff", `Back-off pulling image "${image}"`);
    this.#event("Warning", "Failed", "Error: ImagePullBackOff");
    const message = `Back-off pulling image "${image}": ErrImagePull: ${why}`;
    this.#update({ state: { waiting: { reason: "ImagePullBackOff", message } } });
  }

  async #configured(): Promise<Record<string, string>> {
    const { services, pod, source, addresses } = this.#context;
    for (;;) {
      try {
        return containerEnv({ pod, container: this.container, source, addresses, capacity: services.capacity });
      } catch (error) {
        if (!(error instanceof ContainerConfigError)) throw error;
        this.#event("Warning", "Failed", `Error: ${error.message}`);
        this.#update({ state: { waiting: { reason: "CreateContainerConfigError", message: error.message } } });
        await services.configChanges.next(pod.metadata.namespace ?? "", this.#stopping.signal);
      }
    }
  }

  async #runOnce(plan: ImagePlan, env: Readonly<Record<string, string>>): Promise<Terminated> {
    const { services, directory } = this.#context;
    const folder = join(directory, "containers", `${this.container.name}.${this.#attempt}`);
    mkdirSync(folder, { recursive: true });
    this.#previousLog?.dispose();
    this.#previousLog = this.#log;
    const name = `${this.container.name}.${this.#attempt}`;
    this.#log = new ContainerLog({ directory: join(directory, "logs"), name, clock: services.clock });
    const containerID = `fc://${createHash("sha256").update(folder).digest("hex")}`;
    this.#attempt += 1;
    const run = new ContainerRun({
      context: this.#context,
      container: this.container,
      log: this.#log,
      containerID,
      directory: folder,
      launch: () =>
        containerLaunch({
          ...{ context: this.#context, container: this.container, plan, env, directory: folder },
          signal: this.#stopping.signal,
        }),
      event: (type, reason, message) => this.#event(type, reason, message),
      update: (change) => this.#update({ ...change, containerID, resources: this.container.resources ?? {} }),
    });
    this.#run = run;
    try {
      return await run.result(() => this.#stopping.signal.aborted);
    } finally {
      // The mounts were the container's own: the folder holds nothing but mount points and what the container wrote.
      rm(folder, { recursive: true, force: true }).catch((error: unknown) =>
        services.logger.warn({ folder, error: errorText(error) }, "could not remove a container's folder"),
      );
    }
  }

  #stateAfter(terminated: Terminated): Pick<ContainerStatus, "state" | "ready" | "lastState"> {
    const message = this.#run?.hookError;
    if (message !== undefined && !this.#stopping.signal.aborted)
      return { state: { waiting: { reason: "PostStartHookError", message } }, ready: false, lastState: { terminated } };
    const ready = this.role === "init" && terminated.exitCode === 0;
    return { state: { terminated }, ready, lastState: this.#status.lastState };
  }

  #restarts(exitCode: number): boolean {
    const policy = restartPolicyOf(this.#context.pod);
    if (this.role === "sidecar") return true;
    if (this.role === "init") return exitCode !== 0 && policy !== "Never";
    return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
  }

  async #crashLoop(waitMs: number, terminated: Terminated): Promise<void> {
    // How it ended is to be seen before that it waits.
    await setImmediate(undefined, { signal: this.#stopping.signal });
    const { name, namespace = "", uid = "" } = this.#context.pod.metadata;
    const pod = `${name}_${namespace}(${uid})`;
    const what = `restarting failed container=${this.container.name} pod=${pod}`;
    this.#event("Warning", "BackOff", `Back-off restarting failed container ${this.container.name} in pod ${pod}`);
    const text =
      waitMs >= 60_000 ? `${Math.floor(waitMs / 60_000)}m${(waitMs % 60_000) / 1_000}s` : `${waitMs / 1_000}s`;
    this.#update({
      state: { waiting: { reason: "CrashLoopBackOff", message: `back-off ${text} ${what}` } },
      lastState: { terminated },
    });
    await this.#context.services.clock.sleep(waitMs, this.#stopping.signal);
  }

  #update(change: Partial<ContainerStatus>): void {
    this.#status = { ...this.#status, ...change };
    this.#context.changed();
  }

  #event(type: "Normal" | "Warning", reason: string, message: string): void {
    const field = this.role === "main" ? "containers" : "initContainers";
    this.#context.services.record(this.#context.pod, type, reason, message, { name: this.container.name, field });
  }
}

/** In the kubelet's words. */
function pulledMessage(image: string, pullMs: number | undefined): string {
  if (pullMs === undefined) return `Container image "${image}" already present on machine`;
  const seconds = pullMs / 1_000;
  return `Successfully pulled image "${image}" in ${seconds}s (${seconds}s including waiting)`;
}
