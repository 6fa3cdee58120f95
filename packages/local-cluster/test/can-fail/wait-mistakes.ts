import { type K8sClient, PodStartError } from "@fc/k8s";
import { around, type MistakeRow, plainly } from "./mistake.ts";

type V1Pod = Parameters<K8sClient["createPod"]>[0];

export const waitMistakes: readonly MistakeRow[] = [
  [
    "does not wait, and gives a Pod as it was made",
    {
      client: (client) => {
        const made = new Map<string | undefined, V1Pod>();
        return {
          createPod: async (...args) => {
            const pod = await client.createPod(...args);
            made.set(pod.metadata?.name, pod);
            return pod;
          },
          waitForPod: (name) => Promise.resolve(made.get(name) as V1Pod),
        };
      },
    },
    /expected to fail|strictly (deep-)?equal/,
    [
      "waits: a Pod is awaited until",
      "waits: a Pod is not ready before",
      "waits: a wait ends with what",
      "waits: a wait that takes too long",
      "waits: an aborted wait",
      "waits: a predicate that throws",
      "waits: a Pod that never was",
    ],
  ],
  [
    "does not hear of an abort while it waits",
    {
      client: (client) => ({
        waitForPod: (name, predicate, { signal: _any, ...options }) =>
          client.waitForPod(name, predicate, { ...options, timeoutMs: Math.min(options.timeoutMs, 2_000) }),
      }),
    },
    /reference-equal/,
    ["waits: an aborted wait"],
  ],
  [
    "does not wait for an end, or for a port",
    { client: () => ({ waitForPodGone: () => Promise.resolve(), waitForTcp: () => Promise.resolve() }) },
    /expected to fail/,
    ["waits: the end of a Pod is awaited", "waits: a port is awaited"],
  ],
  [
    "waits for the end of whoever has the name",
    {
      client: (client) => ({
        waitForPodGone: async (name, _, options) => {
          const pod = await client.getPod(name);
          await client.waitForPodGone(name, pod?.metadata?.uid ?? "", options);
        },
      }),
      cutMs: 5_000,
    },
    /not done within/,
    ["waits: the end of a Pod is awaited"],
  ],
  [
    "gives a Pod no grace",
    {
      client: (client) => ({
        deletePod: (name, options) => client.deletePod(name, { ...options, gracePeriodSeconds: 0 }),
      }),
      cutMs: 5_000,
    },
    /falsy|not done within/,
    ["waits: a Pod that is deleted gets its grace", "losses: a Pod that does not end within its grace"],
  ],
  [
    "tells of a deletion once the Pod is gone",
    {
      client: (client) => ({
        waitForPod: (name, predicate, options) =>
          client.waitForPod(name, predicate, options).catch(async (error: unknown) => {
            await client.waitForPodGone(name, options.uid ?? "", { signal: options.signal });
            throw error;
          }),
      }),
    },
    /it is still ending/,
    ["losses: a Pod that runs and is deleted"],
  ],
  [
    "does not say that a Pod cannot start",
    { client: (client) => around(client, ["waitForPod"], plainly) },
    /PodStartError was expected/,
    ["start failures: a program that ends, with", "losses: a Pod that is deleted while it is made"],
  ],
  [
    "does not know why a Pod cannot start",
    {
      client: (client) =>
        around(client, ["waitForPod"], (called) =>
          called.catch((error: unknown) => {
            throw PodStartError.is(error) ? new PodStartError(error.message, { reason: "Unknown" }) : error;
          }),
        ),
    },
    /reason Unknown, not/,
    [
      "pod config: a selector that no node has",
      "start failures: an image that cannot be pulled",
      "start failures: an image that is not there",
      "start failures: an image whose name is none",
      "start failures: a program that ends, with",
      "start failures: a program that ends well",
      "start failures: a program that crashes",
      "start failures: a program that is not in the image",
      "start failures: a program that needs more memory",
      "start failures: an init container",
      "start failures: a Secret that its environment needs",
      "start failures: a Secret that its volume needs",
      "start failures: a Pod that no node may take",
      "start failures: a Pod that asks for more",
      "start failures: a Pod whose time is up",
      "losses: a Pod that is deleted while it is made",
      "losses: a Pod that runs and is deleted",
      "losses: an eviction through the API",
      "losses: an eviction by the kubelet",
      "losses: a namespace that is deleted",
    ],
  ],
];
