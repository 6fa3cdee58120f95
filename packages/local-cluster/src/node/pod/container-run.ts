import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorText } from "@fc/core";
import { timestamp } from "../../store/object-store.ts";
import {
  type ContainerExit,
  type ContainerLaunch,
  type ContainerProcess,
  ContainerStartError,
} from "../isolation/isolation.ts";
import { closeChildEnds } from "../isolation/output-pipes.ts";
import type { ContainerLog } from "../logs/container-log.ts";
import { readLog } from "../logs/read-log.ts";
import type { Container, ContainerStatus, Terminated } from "../pod-types.ts";
import { hookFailure } from "./hook-failure.ts";
import type { PodContext } from "./pod-context.ts";
import { runProbeAction } from "./probe-actions.ts";
import type { ProbeKind } from "./probe-state.ts";
import { runProbes } from "./prober.ts";
import { parseQuantity } from "./quantity.ts";

export interface ContainerRunOptions {
  readonly context: PodContext;
  readonly container: Container;
  readonly log: ContainerLog;
  readonly containerID: string;
  readonly directory: string;
  readonly launch: () => ContainerLaunch;
  readonly event: (type: "Normal" | "Warning", reason: string, message: string) => void;
  readonly update: (change: Partial<ContainerStatus>) => void;
}

/** What a process leaves in its pipes, or a grandchild keeps writing, is waited for this long after its end. */
const drainMs = 2_000;

/** One run of a container, from its start to its end. */
export class ContainerRun {
  readonly #options: ContainerRunOptions;
  readonly #over = new AbortController();
  #process: ContainerProcess | undefined;
  #cancelKill: (() => void) | undefined;
  #stopped = false;
  #oomKilled = false;
  #crashed = false;
  #hookError: string | undefined;

  constructor(options: ContainerRunOptions) {
    this.#options = options;
  }

  /** While it runs. */
  get process(): ContainerProcess | undefined {
    return this.#process;
  }

  /** Why the postStart hook failed, if it did. */
  get hookError(): string | undefined {
    return this.#hookError;
  }

  /** Runs it. `stopped`: whether the Pod was told to stop before the process was there. */
  async result(stopped: () => boolean): Promise<Terminated> {
    const { context, containerID } = this.#options;
    const { clock } = context.services;
    const startedAt = timestamp(clock.now());
    try {
      const process = await context.services.starts.run(() => this.#start());
      this.#process = process;
      const exit = await this.#running(process, startedAt, stopped());
      const finishedAt = timestamp(clock.now());
      return { ...this.#reasonOf(exit), ...(await this.#message(exit)), startedAt, finishedAt, containerID };
    } catch (error) {
      if (!ContainerStartError.isInstance(error)) throw error;
      this.#options.log.end();
      const message = errorText(error);
      this.#options.event("Warning", "Failed", `Error: ${message}`);
      const epoch = timestamp(0);
      return {
        exitCode: 128,
        reason: "StartError",
        message,
        startedAt: epoch,
        finishedAt: timestamp(clock.now()),
        containerID,
      };
    } finally {
      this.#process = undefined;
      this.#cancelKill?.();
      this.#over.abort();
    }
  }

  /** The preStop hook, then SIGTERM; SIGKILL when the grace is over. Called again it can only shorten the grace. `why`: for the event. */
  stop(graceMs: number, why: string): void {
    const process = this.#process;
    if (process === undefined) return;
    const { container, context, event } = this.#options;
    this.#cancelKill?.();
    this.#cancelKill = undefined;
    if (graceMs <= 0) process.kill("SIGKILL");
    else this.#cancelKill = context.services.clock.after(graceMs, () => process.kill("SIGKILL"));
    if (this.#stopped) return;
    this.#stopped = true;
    event("Normal", "Killing", why);
    const hook = container.lifecycle?.preStop;
    if (hook === undefined || graceMs <= 0) {
      process.kill("SIGTERM");
      return;
    }
    this.#act(hook, process, graceMs).then(({ succeeded }) => {
      if (!succeeded) event("Warning", "FailedPreStopHook", "PreStopHook failed");
      process.kill("SIGTERM");
    });
  }

  /** The node loses power: the process dies without a word, and what ended it is not known. */
  crash(): void {
    this.#crashed = true;
    this.#process?.kill("SIGKILL");
  }

  async #running(process: ContainerProcess, startedAt: string, stopped: boolean): Promise<ContainerExit> {
    const { container, log, event, update, context } = this.#options;
    log.capture(process.stdout, "stdout");
    log.capture(process.stderr, "stderr");
    event("Normal", "Started", `Started container ${container.name}`);
    // A container is not reported as started before its hook is through.
    const started = container.startupProbe === undefined && container.lifecycle?.postStart === undefined;
    const ready = started && container.readinessProbe === undefined;
    update({ state: { running: { startedAt } }, started, ready });
    if (stopped) this.stop(0, `Stopping container ${container.name}`);
    if (this.#crashed) process.kill("SIGKILL");
    const unwatch = this.#watchMemory(process);
    this.#startHooks(process);
    const exit = await process.exited;
    unwatch();
    this.#over.abort();
    const deadline = AbortSignal.timeout(drainMs);
    while (!log.ended && !deadline.aborted) {
      await new Promise<void>((resolve) => {
        const stop = log.onChange(done);
        deadline.addEventListener("abort", done, { once: true });
        function done(): void {
          stop();
          deadline.removeEventListener("abort", done);
          resolve();
        }
      });
    }
    log.end();
    context.services.logger.debug({ container: container.name, exitCode: exit.exitCode }, "container ended");
    return exit;
  }

  #startHooks(process: ContainerProcess): void {
    const { container, context, event, update } = this.#options;
    const { clock, logger } = context.services;
    const onVerdict = (kind: ProbeKind, verdict: "success" | "failure"): void => {
      if (kind === "readiness") update({ ready: verdict === "success" });
      else if (verdict === "failure") this.#restart(kind);
      else if (kind === "startup")
        update({ started: true, ...(container.readinessProbe === undefined ? { ready: true } : {}) });
    };
    const probes = async (): Promise<void> => {
      const postStart = container.lifecycle?.postStart;
      if (postStart !== undefined) {
        const result = await this.#act(postStart, process, 60_000);
        if (!result.succeeded) {
          event("Warning", "FailedPostStartHook", "PostStartHook failed");
          this.#hookError = hookFailure(context.pod, container, postStart, result);
          return this.stop(this.#graceMs(), "FailedPostStartHook");
        }
      }
      const signal = this.#over.signal;
      const onFailure = (kind: ProbeKind, output: string): void => {
        event("Warning", "Unhealthy", `${kind.charAt(0).toUpperCase()}${kind.slice(1)} probe failed: ${output}`);
      };
      const run = (probe: Parameters<typeof runProbeAction>[0], timeoutMs: number): ReturnType<typeof runProbeAction> =>
        this.#act(probe, process, timeoutMs);
      await runProbes(container, { clock, signal, run, onVerdict, onFailure });
    };
    probes().catch((error: unknown) => {
      if (!this.#over.signal.aborted)
        logger.error({ container: container.name, error: errorText(error) }, "probing failed");
    });
  }

  async #start(): Promise<ContainerProcess> {
    const { container, event, context } = this.#options;
    const { isolation, outputPipes } = context.services;
    const launch = this.#options.launch();
    event("Normal", "Created", `Created container: ${container.name}`);
    const stdout = await outputPipes.take();
    const stderr = await outputPipes.take();
    const outputs = stdout === undefined || stderr === undefined ? undefined : { stdout, stderr };
    try {
      return await isolation.start({ ...launch, outputs });
    } catch (error) {
      for (const pipe of [stdout, stderr]) pipe?.stream.destroy();
      throw error;
    } finally {
      closeChildEnds([stdout, stderr]);
    }
  }

  /** A failed liveness or startup probe. */
  #restart(kind: ProbeKind): void {
    const { container } = this.#options;
    const probe = kind === "startup" ? container.startupProbe : container.livenessProbe;
    const own = probe?.terminationGracePeriodSeconds;
    const why = `Container ${container.name} failed ${kind} probe, will be restarted`;
    this.stop(own === undefined ? this.#graceMs() : own * 1_000, why);
  }

  #graceMs(): number {
    return (this.#options.context.pod.spec.terminationGracePeriodSeconds ?? 30) * 1_000;
  }

  #act(
    handler: Parameters<typeof runProbeAction>[0],
    process: ContainerProcess,
    timeoutMs: number,
  ): ReturnType<typeof runProbeAction> {
    const { container, context } = this.#options;
    const target = { container, process, podIp: context.addresses.podIp };
    return runProbeAction(handler, target, { timeoutMs, clock: context.services.clock, signal: this.#over.signal });
  }

  #watchMemory(process: ContainerProcess): () => void {
    const { container, context } = this.#options;
    const limitBytes = parseQuantity(container.resources?.limits?.["memory"]);
    if (limitBytes === undefined) return () => undefined;
    const { services, pod } = context;
    const onExceeded = (usedBytes: number): void => {
      this.#oomKilled = true;
      process.kill("SIGKILL");
      const used = `${Math.round(usedBytes / 2 ** 20)} MiB used, limit ${Math.round(limitBytes / 2 ** 20)} MiB`;
      services.record(pod, "Warning", "OOMKilling", `Container ${container.name} exceeded its memory limit: ${used}`);
    };
    return services.memory.watch({ pid: process.pid, limitBytes, onExceeded });
  }

  #reasonOf({ exitCode }: ContainerExit): { exitCode: number; reason: string } {
    if (this.#crashed) return { exitCode: 255, reason: "Unknown" };
    if (this.#oomKilled) return { exitCode: 137, reason: "OOMKilled" };
    return { exitCode, reason: exitCode === 0 ? "Completed" : "Error" };
  }

  async #message({ exitCode }: ContainerExit): Promise<{ message?: string }> {
    const { container, directory, log } = this.#options;
    const limit = 4_096;
    const file = readFileSync(join(directory, "termination-log")).subarray(0, limit).toString("utf8");
    if (file !== "") return { message: file };
    if (exitCode === 0 || container.terminationMessagePolicy !== "FallbackToLogsOnError") return {};
    const query = { follow: false, timestamps: false, tailLines: 80, signal: this.#over.signal };
    const chunks: Uint8Array[] = [];
    for await (const chunk of readLog(log, query)) chunks.push(chunk);
    const text = Buffer.concat(chunks).subarray(-limit).toString("utf8");
    return text === "" ? {} : { message: text };
  }
}
