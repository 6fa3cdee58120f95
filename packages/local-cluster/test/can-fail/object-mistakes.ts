import { changed } from "@fc/core/conformance";
import type { K8sClient } from "@fc/k8s";
import { around, type MistakeRow, plainly } from "./mistake.ts";

type Patched = ReturnType<K8sClient["patchPod"]>;

const specOf = (patch: { readonly spec?: object }): object => patch.spec ?? {};

export const objectMistakes: readonly MistakeRow[] = [
  [
    "deletes by name, whatever the uid",
    {
      client: (client) => ({
        deletePod: (name) => client.deletePod(name),
        deleteSecret: (name) => client.deleteSecret(name),
        deleteConfigMap: (name) => client.deleteConfigMap(name),
        deleteService: (name) => client.deleteService(name),
      }),
    },
    /Expected values to be strictly equal/,
    ["objects: Pods are", "objects: Secrets are", "objects: ConfigMaps are", "objects: Services are"],
  ],
  [
    "leaves out the last of a list",
    {
      client: (client) => ({
        listPods: async (selector, options) => (await client.listPods(selector, options)).slice(0, -1),
        listSecrets: async (selector, options) => (await client.listSecrets(selector, options)).slice(0, -1),
        listConfigMaps: async (selector, options) => (await client.listConfigMaps(selector, options)).slice(0, -1),
        listServices: async (selector, options) => (await client.listServices(selector, options)).slice(0, -1),
      }),
    },
    /deep-equal/,
    [
      "objects: Pods are",
      "objects: Secrets are",
      "objects: ConfigMaps are",
      "objects: Services are",
      "objects: a list of more than one page",
    ],
  ],
  [
    "patches nothing",
    {
      client: (client) => ({
        patchPod: (name) => client.getPod(name) as Patched,
        patchService: (name) => client.getService(name) as ReturnType<K8sClient["patchService"]>,
      }),
    },
    /deep-equal|expected to fail/,
    ["objects: a Pod is patched", "objects: a patch that may not be", "objects: a Service is patched"],
  ],
  [
    "makes a Service anew to patch it",
    {
      client: (client) => ({
        patchService: async (name, patch) => {
          const { metadata, spec: former } = (await client.getService(name)) ?? {};
          await client.deleteService(name);
          const { labels = {} } = metadata ?? {};
          const { ports = [] } = former ?? {};
          return await client.createService({ metadata: { name, labels }, spec: { ports, ...specOf(patch) } });
        },
      }),
    },
    /strictly equal/,
    ["objects: a Service is patched"],
  ],
  [
    "leaves the nulls out of a patch",
    {
      client: (client) => ({
        patchPod: (name, patch) =>
          client.patchPod(name, JSON.parse(JSON.stringify(patch, (_, value) => value ?? undefined)) as typeof patch),
      }),
    },
    /deep-equal/,
    ["objects: a Pod is patched"],
  ],
  [
    "replaces a Lease whatever its version",
    {
      client: ({ coordination }) => ({
        coordination: changed(coordination, {
          replaceNamespacedLease: ({ body, ...request }) => {
            const { resourceVersion: _any, ...metadata } = body.metadata ?? {};
            return coordination.replaceNamespacedLease({ ...request, body: { ...body, metadata } });
          },
        }),
      }),
    },
    /expected to fail/,
    ["objects: a Lease is replaced"],
  ],
  [
    "does not say why an object is refused",
    { client: (client) => around(client, ["createPod", "patchPod"], plainly) },
    /KubernetesError was expected/,
    [
      "objects: Pods are",
      "objects: a patch that may not be",
      "objects: an object that cannot be",
      "refusals: a Pod beyond the quota",
      "refusals: a Pod that Pod Security forbids",
      "refusals: a namespace that is ending",
    ],
  ],
  [
    "does not hear of an abort",
    { client: (client) => ({ getPod: (name) => client.getPod(name) }) },
    /expected to fail/,
    ["objects: a call that is aborted"],
  ],
  [
    "drops annotations",
    {
      client: (client) => ({
        createPod: (pod, options) =>
          client.createPod({ ...pod, metadata: { ...pod.metadata, annotations: {} } }, options),
      }),
    },
    /deep-equal/,
    ["objects: a Pod is patched", "pod config: selector, tolerations"],
  ],
  [
    "drops what says where a Pod may run",
    {
      client: (client) => ({
        createPod: ({ spec, ...pod }, options) => {
          const { nodeSelector: _anywhere, ...rest } = spec ?? { containers: [] };
          return client.createPod({ ...pod, spec: rest }, options);
        },
      }),
    },
    /strictly equal|reason Succeeded, not Unschedulable|expected to fail/,
    ["pod config: selector, tolerations", "pod config: a selector that no node has"],
  ],
  [
    "keeps the first word of a Secret",
    {
      client: (client) => ({
        createSecret: ({ stringData = {}, ...secret }, options) => {
          const words = Object.entries(stringData).map(([key, text]) => [key, text.replace(/ .*/, "")]);
          return client.createSecret({ ...secret, stringData: Object.fromEntries(words) }, options);
        },
      }),
    },
    /strictly equal/,
    ["start failures: a Secret that comes late"],
  ],
  [
    "makes Services that lead nowhere",
    {
      client: (client) => ({
        createService: (service, options) =>
          client.createService({ ...service, spec: { ...service.spec, selector: { app: "nobody" } } }, options),
      }),
    },
    /strictly equal/,
    ["dial: a Service has an address"],
  ],
];
