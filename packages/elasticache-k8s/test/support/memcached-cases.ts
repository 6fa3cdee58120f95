import { connect } from "node:net";
import type { CacheNodeSpec } from "@fc/elasticache/backend";
import { Memcache } from "memcache";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ElastiCacheK8sBackend } from "../../src/index.ts";
import { spec } from "./backend-cases.ts";
import { type CasesBench, type CasesCluster, openBench, signal } from "./cases-bench.ts";
import { type Endpoint, memcached } from "./engine-client.ts";

const cluster = "000000000000/us-east-1/cluster/disco/i1";
const node = (nodeId: string): CacheNodeSpec =>
  spec("memcached", "disco", {
    nodeKey: `${cluster}/${nodeId}-1`,
    nodeId,
    memberId: `disco-${nodeId}`,
    port: 11_300,
    parameters: { max_item_size: "2097152", max_simultaneous_connections: "500" },
  });
const configuration = (version: number, nodes: readonly CacheNodeSpec[]): CacheNodeSpec => ({
  ...node("0001"),
  nodeKey: cluster,
  memberId: "disco-cfg",
  discovers: { version, nodes: nodes.map(({ nodeKey }) => nodeKey) },
});
const text = ({ address, port }: Endpoint): string => `${address}|${address}|${port}`;

/** Everything that comes until the server has said `until` that many times. */
function talk({ address, port }: Endpoint, say: string, until: string, times = 1): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = "";
    const socket = connect(port, address, () => socket.write(say));
    socket.once("error", reject);
    socket.on("close", () => reject(new Error(`closed after ${JSON.stringify(heard)}`)));
    socket.on("data", (chunk) => {
      heard += chunk.toString("latin1");
      if (heard.split(until).length <= times) return;
      socket.removeAllListeners("close").destroy();
      resolve(heard);
    });
  });
}

/** Nodes of a memcached cluster and its configuration endpoint, the same on every cluster. */
export function memcachedCases(name: string, start: () => Promise<CasesCluster>): void {
  describe(name, () => {
    let bench: CasesBench;
    let backend: ElastiCacheK8sBackend;
    const endpoints: Endpoint[] = [];
    let discovery: Endpoint;
    const nodes = ["0001", "0002", "0003"].map(node);
    const discovering = async (): Promise<Memcache> => {
      const { address, port } = discovery;
      const found = new Memcache({
        nodes: [],
        autoDiscover: { enabled: true, configEndpoint: `${address}:${port}`, pollingInterval: 200 },
      });
      await found.connect();
      return found;
    };

    beforeAll(async () => {
      bench = await openBench(start, "memcached");
      backend = bench.backend({ deleteOnClose: true });
      const started = await Promise.all(nodes.slice(0, 2).map((each) => backend.start(each, { signal: signal() })));
      endpoints.push(...started.map(({ endpoint }) => endpoint));
      discovery = (await backend.start(configuration(1, nodes.slice(0, 2)), { signal: signal() })).endpoint;
    });

    afterAll(() => bench?.[Symbol.asyncDispose]());

    test("config get cluster, and what stood for it before 1.4.14, answer as AWS's do", async () => {
      const list = `1\n${endpoints.map(text).join(" ")}\n`;
      const answer = await talk(discovery, "config get cluster\r\n", "END\r\n");
      expect(answer).toBe(`CONFIG cluster 0 ${list.length}\r\n${list}\r\nEND\r\n`);
      const legacy = await talk(discovery, "get AmazonElastiCache:cluster\r\n", "END\r\n");
      expect(legacy).toBe(`VALUE AmazonElastiCache:cluster 0 ${list.length}\r\n${list}\r\nEND\r\n`);
      expect(discovery.port).toBe(11_300);
    });

    test("everything else at the configuration endpoint is a node's to answer, in the order of the questions", async () => {
      const value = "config get cluster";
      const said = [`set k 0 0 ${value.length}`, value, "get k", "config get cluster", "get k", "version", "bogus"];
      const heard = await talk(discovery, `${said.join("\r\n")}\r\n`, "ERROR\r\n");
      const lines = heard.split("\r\n").map((line) => line.split(" ")[0]?.split("\n")[0]);
      const got = ["VALUE", "config", "END"];
      expect(lines).toEqual(["STORED", ...got, "CONFIG", "1", "END", ...got, "VERSION", "ERROR", ""]);
    });

    test("a client that has said all, and says so, gets every answer", async () => {
      const said = async (lines: string): Promise<string> => {
        const { address: host, port } = discovery;
        const socket = connect({ host, port, allowHalfOpen: true });
        socket.end(lines);
        let heard = "";
        for await (const chunk of socket) heard += String(chunk);
        return heard;
      };
      expect(await said("set half 0 0 1\r\nv\r\nget half\r\n")).toBe("STORED\r\nVALUE half 0 1\r\nv\r\nEND\r\n");
      expect(await said("config get cluster\r\n")).toMatch(/^CONFIG cluster .*END\r\n$/s);
    });

    test("the nodes are engines of their own, with the node type's memory and the group's parameters", async () => {
      const [first, second] = endpoints as [Endpoint, Endpoint];
      expect(await memcached(first, "set own 0 0 1", "v")).toBe("STORED");
      expect(await memcached(second, "get own")).toBe("END");
      const settings = await talk(first, "stats settings\r\n", "END\r\n");
      // 512 MiB of a cache.t3.micro, less 100 for connections.
      expect(settings).toContain(`STAT maxbytes ${412 * 1024 * 1024}\r\n`);
      expect(settings).toContain("STAT maxconns 500\r\n");
      expect(settings).toContain("STAT item_size_max 2097152\r\n");
    });

    test("a client with auto discovery spreads its keys, and follows nodes that come and go", async () => {
      const found = await discovering();
      const known = (): string[] => found.nodeIds.toSorted();
      expect(known()).toEqual(endpoints.map(({ address, port }) => `${address}:${port}`).toSorted());
      const keys = Array.from({ length: 64 }, (_, index) => `key-${index}`);
      for (const key of keys) expect(await found.set(key, key)).toBe(true);
      const held = await Promise.all(
        endpoints.map(async (endpoint) =>
          Number(/curr_items (\d+)/.exec(await talk(endpoint, "stats\r\n", "END\r\n"))?.[1]),
        ),
      );
      expect(Math.min(...held)).toBeGreaterThan(0);

      const third = await backend.start(nodes[2] as CacheNodeSpec, { signal: signal() });
      const more = await backend.reboot(configuration(2, nodes), { signal: signal() });
      expect(more.endpoint).toEqual(discovery);
      await expect.poll(known, { timeout: 10_000 }).toContain(`${third.endpoint.address}:${third.endpoint.port}`);
      await backend.reboot(configuration(3, nodes.slice(1)), { signal: signal() });
      await backend.delete((nodes[0] as CacheNodeSpec).nodeKey);
      await expect.poll(known, { timeout: 10_000 }).toHaveLength(2);
      expect(await found.set("after", "yes")).toBe(true);
      expect(await found.get("after")).toBe("yes");
      await found.disconnect();
    });

    test("a lost node comes back at its address, and so does the configuration endpoint", async () => {
      const [, second] = endpoints as [Endpoint, Endpoint];
      const { address, port } = second;
      const list = async (): Promise<string> => await talk(discovery, "config get cluster\r\n", "END\r\n");
      const before = await list();
      expect(before).toContain(`${address}|${address}|${port}`);
      const recovered = new Set<string>();
      const both = new Promise<void>((resolve) => {
        backend.onEvent((event) => {
          if (event.type === "recovered") recovered.add(event.nodeKey);
          if (recovered.size === 2) resolve();
        });
      });
      const pods = await bench.client.listPods("fakecloud-elasticache=disco");
      // The Pod of the list before may still be on its way out.
      const lost = pods.filter(
        ({ metadata }) => metadata?.deletionTimestamp === undefined && /disco-(0002|cfg)/.test(metadata?.name ?? ""),
      );
      expect(lost).toHaveLength(2);
      await Promise.all(lost.map(({ metadata }) => bench.client.deletePod(metadata?.name ?? "")));
      await both;
      expect(await memcached(second, "set k 0 0 1", "v")).toBe("STORED");
      expect(await list()).toBe(before);
    });
  });
}
