import { createHash } from "node:crypto";
import { changed } from "@fc/core/conformance";
import type { CacheBackend, CacheNodeSpec, CacheNodeStatus } from "../../src/backend/index.ts";
import { CacheBackendError } from "../../src/backend/index.ts";
import type { CacheClient, CacheEndpoint, ClientOptions, ConformanceTarget } from "../../src/conformance/index.ts";
import { parseSlots, slotCount } from "../../src/slots/slots.ts";
import {
  createMemoryBlobStore,
  createMemoryCacheBackend,
  type MemoryCacheBackend,
  type MemoryNode,
} from "../../src/testing/index.ts";

const unstartable: Partial<CacheNodeSpec> = { parameters: { "maxmemory-policy": "nonsense" } };

/** The backend in memory, which `around` may break. */
export function memoryTarget(
  around: (backend: CacheBackend) => CacheBackend = (backend) => backend,
): ConformanceTarget {
  const memory = createMemoryCacheBackend({ blobs: createMemoryBlobStore() });
  return {
    open: () => around(refusing(memory)),
    client: (options) => memoryClient(memory, options),
    abilities: {
      leftovers: () => Promise.resolve([...memory.nodes.keys(), ...memory.groups.keys()]),
      lose: (node) => lose(memory, node),
      unstartable,
      access: true,
      replication: true,
      slots: true,
      adoption: true,
    },
  };
}

/** As engines refuse to start with a value that they do not know. */
function refusing(backend: CacheBackend): CacheBackend {
  const refuse = (spec: CacheNodeSpec, code: "FC_CACHE_START_FAILED" | "FC_CACHE_REBOOT_FAILED"): void => {
    if (spec.parameters["maxmemory-policy"] === "nonsense") throw new CacheBackendError(code, "nonsense");
  };
  return changed(backend, {
    start: async (spec, options) => {
      refuse(spec, "FC_CACHE_START_FAILED");
      return await backend.start(spec, options);
    },
    reboot: async (spec, options) => {
      refuse(spec, "FC_CACHE_REBOOT_FAILED");
      return await backend.reboot(spec, options);
    },
  });
}

/** What a client would do: the data set of a node is a JSON object. */
function memoryClient(memory: MemoryCacheBackend, { password }: ClientOptions): CacheClient {
  const connect = async (at: CacheEndpoint): Promise<MemoryNode> => {
    const node = await Promise.resolve(nodeAt(memory, at));
    const hash = createHash("sha256")
      .update(password ?? "")
      .digest("hex");
    const users = node.spec.access?.users;
    if (users?.some(({ passwordHashes }) => passwordHashes.includes(hash)) === false)
      throw new Error("NOAUTH Authentication required.");
    return node;
  };
  return {
    set: async (at, key, value) => {
      const { spec, data } = await connect(at);
      if (spec.clusterEnabled === true) {
        const slot = servedSlot(memory, spec.nodeKey, key);
        const others = linesOf(data).filter((line) => !line.startsWith(`${slot} ${key}=`));
        return memory.write(spec.nodeKey, [...others, `${slot} ${key}=${value}`].join("\n"));
      }
      for (const { spec: group, primaries } of memory.groups.values())
        for (const { shardId, nodes } of group.shards)
          if (nodes.some(({ nodeKey }) => nodeKey === spec.nodeKey) && primaries[shardId] !== spec.nodeKey)
            throw new Error("READONLY You can't write against a read only replica.");
      memory.write(spec.nodeKey, JSON.stringify({ ...parse(data), [key]: value }));
    },
    get: async (at, key) => {
      const { spec, data } = await connect(at);
      if (spec.clusterEnabled !== true) return parse(data)[key];
      const start = `${servedSlot(memory, spec.nodeKey, key)} ${key}=`;
      return linesOf(data)
        .find((line) => line.startsWith(start))
        ?.slice(start.length);
    },
  };
}

/** The key's slot, when it is one of the node's. Which one it is does not matter. */
function servedSlot(memory: MemoryCacheBackend, nodeKey: string, key: string): number {
  const slot = createHash("sha256").update(key).digest().readUInt16BE() % slotCount;
  for (const { spec, primaries } of memory.groups.values()) {
    if (!spec.shards.some(({ nodes }) => nodes.some((node) => node.nodeKey === nodeKey))) continue;
    const owner = spec.shards.find(({ slots }) => parseSlots(slots ?? "")?.includes(slot));
    const primary = primaries[owner?.shardId ?? ""] ?? "";
    const { address, port } = memory.nodes.get(primary)?.status.endpoint ?? { address: "", port: 0 };
    if (primary !== nodeKey) throw new Error(`MOVED ${slot} ${address}:${port}`);
  }
  return slot;
}

function linesOf(data: Uint8Array): string[] {
  return Buffer.from(data)
    .toString()
    .split("\n")
    .filter((line) => line !== "");
}

function nodeAt(memory: MemoryCacheBackend, { address }: CacheEndpoint): MemoryNode {
  for (const { spec, primaries } of memory.groups.values())
    if (address.replace(/^clustercfg\.|-ro(?=\.)/, "") === `${spec.groupId}.cache.invalid`) {
      const primary = memory.nodes.get(Object.values(primaries)[0] ?? "");
      if (primary !== undefined) return primary;
    }
  const found = [...memory.nodes.values()].find(({ status }) => status.endpoint.address === address);
  if (found === undefined) throw new Error(`nothing listens at ${address}`);
  return found;
}

function parse(data: Uint8Array): Record<string, string> {
  return data.length === 0 ? {} : (JSON.parse(Buffer.from(data).toString()) as Record<string, string>);
}

/** What a backend does on its own about a node that is lost. */
async function lose(memory: MemoryCacheBackend, { instance }: CacheNodeStatus): Promise<void> {
  const node = [...memory.nodes.values()].find(({ status }) => status.instance === instance);
  if (node === undefined) throw new Error(`there is no ${instance}`);
  const { nodeKey } = node.spec;
  memory.emit({ nodeKey, type: "lost", message: "it was taken away" });
  const shard = [...memory.groups.values()]
    .flatMap(({ spec }) => spec.shards)
    .find(({ nodes }) => nodes.some((each) => each.nodeKey === nodeKey));
  const heir = shard?.nodes.find((each) => each.nodeKey !== nodeKey)?.nodeKey;
  if (heir !== undefined) memory.emit({ nodeKey: heir, type: "promoted", message: "it takes over" });
  await memory.reboot(node.spec, { signal: new AbortController().signal });
  if (heir !== undefined) memory.write(heir, memory.nodes.get(heir)?.data ?? "");
  memory.emit({ nodeKey, type: "recovered", message: "it is back", dataKept: heir !== undefined });
}
