import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CoreV1Api, V1Container } from "@kubernetes/client-node";
import { K8sClient } from "../client/k8s-client.ts";
import { names } from "../names.ts";
import { podIsReady } from "../pods/pod-status.ts";
import { FaultProxy } from "../testing/index.ts";
import type { Ability, ClusterAbilities } from "./abilities.ts";
import { Admin } from "./admin.ts";
import type { Bench } from "./bench.ts";
import type { ConformanceTarget } from "./target.ts";

const defaultImage = "busybox:1.36";
const readyMs = 60_000;

/** Makes what a case stands on, and clears it away. */
export class Workbench implements Bench<Ability>, AsyncDisposable {
  readonly namespace: string;
  readonly kubeconfig: string;
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly abilities: ClusterAbilities;
  readonly #target: ConformanceTarget;
  readonly #admin: Admin;
  readonly #temporary: string;
  readonly #clients: K8sClient[] = [];
  readonly #proxies: FaultProxy[] = [];
  #client: K8sClient | undefined;

  private constructor(target: ConformanceTarget, signal: AbortSignal, admin: Admin, temporary: string) {
    this.namespace = `fc-check-${randomUUID().slice(0, 8)}`;
    this.kubeconfig = target.kubeconfig;
    this.directory = join(temporary, "case");
    this.signal = signal;
    // Cases are typed by what they need, and run only where that is there.
    this.abilities = (target.abilities ?? {}) as ClusterAbilities;
    this.#target = target;
    this.#admin = admin;
    this.#temporary = temporary;
  }

  static async open(target: ConformanceTarget, signal: AbortSignal): Promise<Workbench> {
    const admin = await Admin.connect(target.kubeconfig);
    const temporary = await mkdtemp(join(tmpdir(), "fc-check-"));
    const bench = new Workbench(target, signal, admin, temporary);
    try {
      await mkdir(bench.directory);
      await admin.createNamespace(bench.namespace);
      bench.#client = await bench.connect();
      return bench;
    } catch (error) {
      await bench[Symbol.asyncDispose]();
      throw error;
    }
  }

  get client(): K8sClient {
    assert.ok(this.#client, "the bench is open");
    return this.#client;
  }

  get admin(): CoreV1Api {
    return this.#admin.core;
  }

  readonly connect: Bench["connect"] = async (options = {}) => {
    const connect = this.#target.connect ?? K8sClient.connect;
    const { kubeconfig, namespace, signal } = this;
    const client = await connect({ kubeconfig, namespace, signal, ...options });
    this.#clients.push(client);
    return client;
  };

  readonly kubeconfigWith: Bench["kubeconfigWith"] = async (change) => {
    const { KubeConfig: Config } = await import("../config/client-node.ts");
    const config = new Config();
    config.loadFromString(this.#admin.config.exportConfig());
    change(config);
    const path = join(this.#temporary, randomUUID());
    await writeFile(path, config.exportConfig(), { mode: 0o600 });
    return path;
  };

  readonly proxy: Bench["proxy"] = async () => {
    const proxy = await FaultProxy.start({ kubeconfig: this.kubeconfig });
    this.#proxies.push(proxy);
    return proxy;
  };

  readonly box: Bench["box"] = (script, options = {}) => {
    const { owner = this.client, labels, init, container, spec } = options;
    const name = options.name ?? names.podName("fc-check", "box", randomUUID());
    const running = (containerName: string, text: string): V1Container => ({
      name: containerName,
      image: this.#target.image ?? defaultImage,
      imagePullPolicy: "IfNotPresent",
      command: ["sh", "-c", text],
    });
    return {
      metadata: owner.owned({ name, ...(labels !== undefined && { labels }) }, "process", "lambda"),
      spec: {
        restartPolicy: "Never",
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 0,
        ...(init !== undefined && { initContainers: [running("prepare", init)] }),
        containers: [{ ...running("main", script), ...container }],
        ...spec,
      },
    };
  };

  readonly started: Bench["started"] = async (script, options = {}) => {
    const { client, signal } = this;
    const { metadata } = await client.createPod(this.box(script, options), { signal });
    const wait = { timeoutMs: readyMs, what: "to be ready", uid: metadata?.uid, signal };
    return await client.waitForPod(metadata?.name ?? "", podIsReady, wait);
  };

  /** Ends the case's processes as they end themselves. @throws AssertionError when something of theirs is left behind */
  async finish(): Promise<void> {
    await this.#closeClients();
    assert.deepEqual(await this.#admin.managedIn(this.namespace), [], "the processes left something behind");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#closeClients();
      await this.#admin.removeNamespace(this.namespace);
    } finally {
      for (const proxy of this.#proxies.splice(0)) await proxy[Symbol.asyncDispose]();
      await rm(this.#temporary, { recursive: true, force: true });
      this.#admin[Symbol.dispose]();
    }
  }

  async #closeClients(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client[Symbol.asyncDispose]()));
  }
}
