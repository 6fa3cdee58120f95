import { changed } from "@fc/core/conformance";
import { K8sClient } from "@fc/k8s";
import { answerWithoutDeed } from "./answer-without-deed.ts";
import { type MistakeRow, plainly } from "./mistake.ts";

export const connectMistakes: readonly MistakeRow[] = [
  [
    "writes its own time into its Lease",
    {
      connect: async (options) => {
        const client = await K8sClient.connect(options);
        await client.coordination.patchNamespacedLease({
          name: `fakecloud-instance-${client.instanceId}`,
          namespace: client.namespace,
          body: [{ op: "replace", path: "/spec/renewTime", value: "2020-01-01T00:00:00.000000Z" }],
        });
        return client;
      },
    },
    /renewed -\d+ ms from its creation/,
    ["connect: a process shows itself"],
  ],
  [
    "does not look for a namespace in the kubeconfig",
    { connect: ({ namespace = "default", ...options }) => K8sClient.connect({ ...options, namespace }) },
    /strictly equal[\s\S]*'default'/,
    ["connect: the namespace of the kubeconfig's context"],
  ],
  [
    "connects to something else when it cannot do as it is told",
    {
      connect: (options, kubeconfig) =>
        K8sClient.connect(options).catch(() => K8sClient.connect({ kubeconfig, namespace: "default" })),
    },
    /expected to fail/,
    [
      "connect: a namespace that does not exist",
      "connect: credentials that are not known",
      "connect: a server whose certificate",
      "connect: a server that is away",
      "connect: an aborted connect",
    ],
  ],
  [
    "does not say what kept it from connecting",
    { connect: (options) => plainly(K8sClient.connect(options)) as Promise<K8sClient> },
    /KubernetesError was expected/,
    [
      "connect: a namespace that does not exist",
      "connect: credentials that are not known",
      "connect: a server whose certificate",
      "connect: a server that is away",
      "refusals: what a Role does not grant",
    ],
  ],
  [
    "leaves something of a connect that is aborted",
    {
      connect: async ({ signal, ...options }) => {
        await using client = await K8sClient.connect(options);
        const { coordination, namespace } = client;
        if (signal?.aborted)
          await coordination.createNamespacedLease({ namespace, body: { metadata: { name: "left" } } });
        return await K8sClient.connect({ ...options, ...(signal && { signal }) });
      },
    },
    /strictly equal/,
    ["connect: an aborted connect"],
  ],
  [
    "leaves its Lease when it closes",
    {
      api: (proxy) =>
        void proxy.inject(answerWithoutDeed({ kind: "Status", status: "Success" }), {
          verb: "delete",
          resource: "leases",
        }),
    },
    /deep-equal/,
    ["connect: closing ends the Lease"],
  ],
  [
    "has a connection for every few calls",
    {
      connect: async (options) => {
        const [first, ...others] = await Promise.all(Array.from({ length: 20 }, () => K8sClient.connect(options)));
        if (first === undefined) throw new Error("there are twenty");
        let calls = 0;
        return changed(first, {
          listPods: (selector) => (others[calls++ % others.length] ?? first).listPods(selector),
          [Symbol.asyncDispose]: async () => {
            await Promise.all([first, ...others].map((client) => client[Symbol.asyncDispose]()));
          },
        });
      },
    },
    /\d\d connections/,
    ["connect: 300 calls at once"],
  ],
];
