import { type Clock, systemClock } from "@fc/core";
import { K8sClient } from "@fc/k8s";
import type { MistakeRow } from "./mistake.ts";

const stopped: Clock = { ...systemClock, after: () => () => undefined };

export const ownershipMistakes: readonly MistakeRow[] = [
  [
    "never renews its Lease",
    { connect: (options) => K8sClient.connect({ ...options, clock: stopped }), cutMs: 15_000 },
    /not done within/,
    ["ownership: a Lease is renewed"],
  ],
  [
    "owns what is the installation's",
    { client: (client) => ({ owned: (meta, _, service) => client.owned(meta, "process", service) }) },
    /strictly (deep-)?equal|falsy/,
    [
      "ownership: of a process that died",
      "ownership: what a process owns",
      "ownership: closing takes what the process owns",
    ],
  ],
  [
    "owns nothing that it makes",
    { client: () => ({ owned: (meta) => meta }) },
    /strictly equal/,
    ["ownership: what a process owns"],
  ],
  [
    "takes everybody's Pods when it closes",
    {
      client: (client) => ({
        [Symbol.asyncDispose]: async () => {
          const pods = await client.listPods("").catch(() => []);
          await Promise.all(pods.map(({ metadata }) => client.deletePod(metadata?.name ?? "")));
          await client[Symbol.asyncDispose]();
        },
      }),
    },
    /falsy/,
    ["ownership: two processes in a namespace"],
  ],
  [
    "counts what others have removed as well",
    // It does not wait either: a process is dead after half a minute.
    { client: () => ({ reapStale: () => Promise.resolve(1), waitForPodGone: () => Promise.resolve() }) },
    /strictly (deep-)?equal/,
    [
      "ownership: two processes in a namespace",
      "ownership: of a process that died",
      "ownership: of two that look for dead processes",
    ],
  ],
  [
    "removes what its process wants, too",
    { client: (client) => ({ reconcile: (options) => client.reconcile({ ...options, wants: () => false }) }) },
    /falsy/,
    ["ownership: what its process does not want"],
  ],
  [
    "does not tell Kubernetes what it owns",
    {
      client: (client) => ({
        owned: (...args) => {
          const { ownerReferences: _none, ...meta } = client.owned(...args);
          return meta;
        },
      }),
      cutMs: 5_000,
    },
    /not done within/,
    ["ownership: Kubernetes itself removes"],
  ],
  [
    "does not look for the Pod that it is in",
    { connect: ({ environment: _any, ...options }) => K8sClient.connect(options) },
    /deep-equal/,
    ["ownership: a process in a Pod"],
  ],
];
