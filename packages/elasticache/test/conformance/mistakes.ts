import type { CacheBackend, CacheGroupSpec, CacheNodeSpec } from "../../src/backend/index.ts";

const otherwise = (change: (spec: CacheNodeSpec) => CacheNodeSpec) => (backend: CacheBackend) => ({
  start: (spec: CacheNodeSpec, options: Parameters<CacheBackend["start"]>[1]) => backend.start(change(spec), options),
});

/** Only the first node is in the group; the others run beside it. */
const alone = (spec: CacheGroupSpec): CacheGroupSpec => ({
  ...spec,
  shards: spec.shards.map((shard) => ({ ...shard, nodes: shard.nodes.slice(0, 1) })),
});

const withoutSlots = (spec: CacheGroupSpec): CacheGroupSpec => ({
  ...spec,
  shards: spec.shards.map(({ slots: _ignored, ...shard }) => ({
    ...shard,
    nodes: shard.nodes.map((node) => ({ ...node, clusterEnabled: false })),
  })),
});

/** What a backend may get wrong, and the cases that must find it, by the beginning of their names. */
export const mistakes: readonly (readonly [
  what: string,
  breakIt: (backend: CacheBackend) => Partial<CacheBackend>,
  foundBy: readonly string[],
])[] = [
  [
    "has another port",
    (backend) => ({
      start: async (spec, options) => {
        const status = await backend.start(spec, options);
        return { ...status, endpoint: { ...status.endpoint, port: 1 } };
      },
    }),
    ["start: redis answers", "start: valkey answers", "start: memcached answers"],
  ],
  [
    "makes every start a new node",
    (backend) => ({
      start: async (spec, options) => {
        await backend.delete(spec.nodeKey, options);
        return await backend.start(spec, options);
      },
    }),
    ["start: starting a node again"],
  ],
  [
    "tells nodes apart by the user's identifier",
    otherwise((spec) => ({ ...spec, nodeKey: spec.resourceId })),
    ["start: nodes of one id"],
  ],
  [
    "does not hear of an abort",
    (backend) => ({
      start: async (spec, options) => {
        await backend.start(spec, { ...options, signal: new AbortController().signal });
        throw new Error("aborted, but the node runs");
      },
    }),
    ["start: a start that is aborted"],
  ],
  [
    "drops parameters that it does not like",
    otherwise((spec) => ({ ...spec, parameters: {} })),
    ["start: an engine that does not come up"],
  ],
  [
    "leaves nodes that are deleted",
    () => ({ delete: () => Promise.resolve() }),
    ["start: delete resolves", "start: a node that was deleted"],
  ],
  ["is never ready", () => ({ health: () => Promise.resolve({ ready: false, detail: "" }) }), ["start: says that"]],
  [
    "reboots into an empty engine",
    (backend) => ({
      reboot: async (spec, options) => {
        await backend.delete(spec.nodeKey, options);
        return await backend.start(spec, options);
      },
    }),
    ["reboot: redis is", "reboot: valkey is"],
  ],
  [
    "does not reboot",
    (backend) => ({ reboot: (spec, options) => backend.start(spec, options) }),
    ["reboot: memcached"],
  ],
  [
    "ends the old engine before it has a new one",
    (backend) => ({
      reboot: async (spec, options) => {
        await backend.delete(spec.nodeKey, options);
        return await backend.reboot(spec, options);
      },
    }),
    ["reboot: an engine that does not come up"],
  ],
  [
    "takes up every parameter at once",
    () => ({ applyParameters: () => Promise.resolve({ pendingReboot: [] }) }),
    ["reboot: parameters"],
  ],
  [
    "starts empty instead of restored",
    (backend) => ({ start: (spec, { signal }) => backend.start(spec, { signal }) }),
    ["snapshots: a node that is started"],
  ],
  [
    "has a snapshot of everything",
    () => ({ snapshot: () => Promise.resolve({ sha256: "0".repeat(64), sizeBytes: 1 }) }),
    ["snapshots: memcached", "snapshots: there is none"],
  ],
  ["lets everybody in", otherwise(({ access: _ignored, ...spec }) => spec), ["access: a password opens"]],
  ["does not change users", () => ({ applyAccess: () => Promise.resolve() }), ["access: changed passwords"]],
  [
    "does not attach replicas",
    (backend) => ({
      startGroup: async (spec, options) => {
        const status = await backend.startGroup(alone(spec), options);
        const others = spec.shards.flatMap(({ nodes }) => nodes.slice(1));
        const started = await Promise.all(
          others.map(async (node) => [node.nodeKey, await backend.start(node, { signal: options.signal })] as const),
        );
        return { ...status, nodes: { ...status.nodes, ...Object.fromEntries(started) } };
      },
    }),
    ["groups: replicas and the reader", "groups: replicas that are added"],
  ],
  [
    "promotes nobody",
    (backend) => ({ failover: (spec, { signal }) => backend.startGroup(spec, { signal }) }),
    ["groups: a replica that is promoted", "slots: a replica that is promoted"],
  ],
  [
    "deletes the nodes of a group with it",
    (backend) => {
      let members: readonly string[] = [];
      return {
        startGroup: (spec, options) => {
          members = spec.shards.flatMap(({ nodes }) => nodes).map(({ nodeKey }) => nodeKey);
          return backend.startGroup(spec, options);
        },
        deleteGroup: async (groupKey, options) => {
          await backend.deleteGroup(groupKey, options);
          for (const nodeKey of members) await backend.delete(nodeKey, options);
        },
      };
    },
    ["groups: deleting a group"],
  ],
  [
    "tells of nothing that happens",
    () => ({ onEvent: () => () => undefined }),
    [
      "loss: a node that is deleted",
      "loss: a node that is crashed",
      "loss: a replica takes the place",
      "slots: when every node crashes",
    ],
  ],
  [
    "lets every shard serve every key",
    (backend) => ({
      startGroup: async (spec, options) => {
        const status = await backend.startGroup(withoutSlots(spec), options);
        const [configurationEndpoint] = Object.values(status.nodes).map(({ endpoint }) => endpoint);
        return { ...status, ...(configurationEndpoint === undefined ? {} : { configurationEndpoint }) };
      },
    }),
    ["slots: every shard serves"],
  ],
  [
    "leaves keys where they are when their slots move",
    (backend) => ({
      startGroup: async (spec, options) => {
        await backend.deleteGroup(spec.groupKey, options);
        for (const { nodeKey } of spec.shards.slice(1).flatMap(({ nodes }) => nodes))
          await backend.delete(nodeKey, options);
        return await backend.startGroup(spec, options);
      },
    }),
    ["slots: slots that are to be another shard's"],
  ],
  [
    "promotes with the slots of before",
    (backend) => {
      const first = new Map<string, CacheGroupSpec>();
      return {
        startGroup: (spec, options) => {
          if (!first.has(spec.groupKey)) first.set(spec.groupKey, spec);
          return backend.startGroup(spec, options);
        },
        failover: async (spec, options) => {
          const former = first.get(spec.groupKey) ?? spec;
          await backend.deleteGroup(spec.groupKey, options);
          await backend.startGroup(former, options);
          return await backend.failover(former, options);
        },
      };
    },
    ["slots: right after slots moved"],
  ],
  [
    "takes its nodes with it",
    (backend) => {
      const started = new Set<string>();
      return {
        start: (spec, options) => {
          started.add(spec.nodeKey);
          return backend.start(spec, options);
        },
        startGroup: (spec, options) => {
          for (const { nodeKey } of spec.shards.flatMap(({ nodes }) => nodes)) started.add(nodeKey);
          return backend.startGroup(spec, options);
        },
        [Symbol.asyncDispose]: async () => {
          for (const nodeKey of started) await backend.delete(nodeKey, { signal: new AbortController().signal });
        },
      };
    },
    ["the next process: finds a node", "the next process: finds a group"],
  ],
  ["keeps what nobody knows", () => ({ keepOnly: () => undefined }), ["the next process: removes nodes"]],
];
