import type { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { CoreV1Api, Exec, KubeConfig, makeInformer, type V1Pod, type V1Status, Watch } from "@kubernetes/client-node";
import { type Arena, type Contestant, isReady, managed } from "./contestant.ts";

/** How a Pod's start is waited for by hand. */
export type WaitByHand = "watch" | "poll";

const pollMs = 250;

/** @kubernetes/client-node with its own transport, informer and Exec; what it has nothing for is written by hand. */
export function clientNode(wait: WaitByHand): (arena: Arena) => Promise<Contestant> {
  return ({ kubeconfig, namespace, pod }) => {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const core = config.makeApiClient(CoreV1Api);
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const list = (): ReturnType<typeof core.listNamespacedPod> =>
      core.listNamespacedPod({ namespace, labelSelector: managed });
    const informer = makeInformer(config, path, list, managed);
    return Promise.resolve({
      call: async () => {
        await core.listNamespacedPod({ namespace, labelSelector: `${managed},none=such` });
      },
      watch: async (listener) => {
        for (const verb of ["add", "update", "delete"] as const) informer.on(verb, listener);
        await informer.start();
      },
      exec: (command, sink) => execute(new Exec(config), { namespace, pod, command, sink }),
      startPod: async (body) => {
        const { metadata } = await core.createNamespacedPod({ namespace, body });
        const name = metadata?.name ?? "";
        if (wait === "watch") await readyByWatch(new Watch(config), path, name);
        else while (!isReady(await core.readNamespacedPod({ namespace, name }))) await delay(pollMs);
      },
      close: () => informer.stop(),
    });
  };
}

async function execute(
  exec: Exec,
  options: {
    readonly namespace: string;
    readonly pod: string;
    readonly command: readonly string[];
    readonly sink: Writable;
  },
): Promise<void> {
  const { namespace, pod, command, sink } = options;
  const written = new Promise<void>((resolve, reject) => {
    sink.once("finish", resolve).once("error", reject);
  });
  const status = new Promise<V1Status>((resolve, reject) => {
    exec.exec(namespace, pod, "main", [...command], sink, null, null, false, resolve).catch(reject);
  });
  if ((await status).status !== "Success") throw new Error("the command failed");
  await written;
}

async function readyByWatch(watch: Watch, path: string, name: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const request = watch.watch(
      path,
      { fieldSelector: `metadata.name=${name}` },
      (_type, pod: V1Pod) => {
        if (!isReady(pod)) return;
        void request.then((controller) => controller.abort());
        resolve();
      },
      (error) => reject(error ?? new Error("the watch ended")),
    );
  });
}
