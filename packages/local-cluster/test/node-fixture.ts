import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { type Clock, systemClock } from "@fc/core";
import { storedResources } from "../src/api/resources.ts";
import type { IsolationLevel } from "../src/node/isolation/isolation.ts";
import { probeIsolation } from "../src/node/isolation/probe-isolation.ts";
import { createNodeAgent, type NodeAgent } from "../src/node/node-agent.ts";
import type { Container, Pod, PodSpec } from "../src/node/pod-types.ts";
import { startScheduling } from "../src/scheduling/scheduling.ts";
import { requestDeletion } from "../src/store/deletion.ts";
import { createObjectStore, type ObjectStore } from "../src/store/object-store.ts";

/** The levels that this machine allows. */
export async function availableLevels(): Promise<IsolationLevel[]> {
  const directory = await mkdtemp(join(tmpdir(), "fc-levels-"));
  const uid = process.getuid?.();
  const wanted: IsolationLevel[] = uid === 0 ? ["ns-root", "ns-user"] : ["ns-user"];
  const found: IsolationLevel[] = [];
  for (const choice of wanted) {
    await probeIsolation({ choice, directory, uid }).then(
      ({ level }) => found.push(level),
      () => undefined,
    );
  }
  await rm(directory, { recursive: true });
  return [...found, "plain"];
}

export interface Fixture extends AsyncDisposable {
  readonly store: ObjectStore;
  readonly agent: NodeAgent;
  readonly directory: string;
  create(name: string, container: Partial<Container>, spec?: Partial<PodSpec>): Pod;
  /** Resolves with the Pod (undefined: gone) once `holds`. */
  until(name: string, holds: (pod: Pod | undefined) => boolean): Promise<Pod>;
  remove(name: string, gracePeriodSeconds?: number): void;
  logs(name: string, options?: Partial<Parameters<NodeAgent["logs"]>[2]>, container?: string): Promise<string>;
  exec(
    name: string,
    argv: readonly string[],
    stdin?: string,
  ): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  events(name: string): string[];
}

export async function startFixture(options: { isolation: IsolationLevel; clock?: Clock }): Promise<Fixture> {
  const directory = await mkdtemp(join(tmpdir(), "fc-node-"));
  const store = createObjectStore({ resources: storedResources });
  const agent = await createNodeAgent({ store, dataDirectory: directory, ...options });
  const scheduling = startScheduling({ store, clock: options.clock ?? systemClock });
  const reference = (name: string): { metadata: { name: string; namespace: string } } => ({
    metadata: { name, namespace: "default" },
  });
  const pods = storedResources.find(({ plural }) => plural === "pods")!;
  return {
    store,
    agent,
    directory,
    create: (name, container, spec = {}) =>
      store.create<Pod>("pods", {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: "default" },
        spec: { containers: [{ name: "main", image: "busybox", ...container }], ...spec },
      }),
    until: (name, holds) =>
      new Promise((resolve) => {
        const check = (): void => {
          const pod = store.get<Pod>("pods", "default", name);
          if (!holds(pod)) return;
          stop();
          resolve(pod as Pod);
        };
        const stop = store.watch("pods", check);
        check();
      }),
    remove: (name, gracePeriodSeconds) => {
      requestDeletion(store, pods, { namespace: "default", name }, { gracePeriodSeconds }, Date.now());
    },
    logs: async (name, more = {}, container = "main") => {
      const signal = new AbortController().signal;
      const chunks: Uint8Array[] = [];
      const query = { follow: false, timestamps: false, previous: false, signal, ...more };
      for await (const chunk of agent.logs(reference(name), container, query)) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    },
    exec: async (name, argv, stdin) => {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const texts = Promise.all(
        [stdout, stderr].map(async (stream) => Buffer.concat(await stream.toArray()).toString()),
      );
      const input = stdin === undefined ? {} : { stdin: new PassThrough().end(stdin) };
      const io = { stdout, stderr, tty: false, signal: new AbortController().signal, ...input };
      const { exitCode } = await agent.exec(reference(name), "main", argv, io);
      const [out = "", err = ""] = await texts;
      return { exitCode, stdout: out, stderr: err };
    },
    events: (name) =>
      store
        .list("events")
        .filter((event) => (event["involvedObject"] as { name: string }).name === name)
        .map((event) => `${event["reason"]}: ${event["message"]}`),
    [Symbol.asyncDispose]: async () => {
      await scheduling[Symbol.asyncDispose]();
      await agent[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
}

export const phaseIs =
  (...phases: string[]) =>
  (pod: Pod | undefined): boolean =>
    phases.includes(pod?.status?.phase ?? "");

export const isReady = (pod: Pod | undefined): boolean =>
  pod?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;

export const waitingReason = (pod: Pod | undefined): string | undefined =>
  pod?.status?.containerStatuses?.[0]?.state.waiting?.reason;

export const isGone = (pod: Pod | undefined): boolean => pod === undefined;

/** How many `sleep <mark>` processes this machine has. */
export async function processesWith(mark: string): Promise<number> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "")));
  return lines.filter((text) => text.startsWith(`sleep\0${mark}`)).length;
}
