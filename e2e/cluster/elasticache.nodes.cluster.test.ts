import { randomBytes } from "node:crypto";
import {
  CreateReplicationGroupCommand,
  DescribeReplicationGroupsCommand,
  type NodeGroup,
  waitUntilReplicationGroupAvailable,
} from "@aws-sdk/client-elasticache";
import { FcCluster } from "@fc-repo/development-cluster";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCluster, type Endpoint } from "../lib/cache-clusters.ts";
import { cacheEyes } from "../lib/cache-faults.ts";
import { elastiCacheClient, quickly } from "../lib/clients.ts";
import { type Pod, functionPods as podsOf } from "../lib/pods.ts";
import { connectRedis } from "../lib/redis.ts";
import { createNamespace, kubectl, startServerOnCluster } from "../lib/server-on-cluster.ts";
import type { ServerProcess } from "../lib/server-process.ts";

const namespace = `fc-e2e-nodes-${randomBytes(4).toString("hex")}`;
const cluster = FcCluster.of(process.env["KUBECONFIG"] ?? "", process.env);
const nodes = (await kubectl("get", "nodes", "-o", "name")).trim().split("\n");
const [first = "", second = ""] = nodes.map((name) => name.replace("node/", ""));
const skipped = second === "" || cluster === undefined;
const group = { ReplicationGroupId: "pair" };

describe.skipIf(skipped)(
  `a node that dies under caches${skipped ? " (the cluster has one: FC_CLUSTER_NODES=2)" : ""}`,
  () => {
    let server: ServerProcess;
    let alone: Endpoint;
    let before: NodeGroup;
    const client = () => elastiCacheClient(server.url);
    const { statusOf, messagesOf, ask, survives } = cacheEyes(() => ({
      client: client(),
      kubectl: (...args) => kubectl("-n", namespace, ...args),
    }));
    const shard = async (): Promise<NodeGroup> => {
      const { ReplicationGroups } = await client().send(new DescribeReplicationGroupsCommand(group));
      return ReplicationGroups?.[0]?.NodeGroups?.[0] ?? {};
    };
    const rolesOf = ({ NodeGroupMembers = [] }: NodeGroup): string[] =>
      NodeGroupMembers.map(({ CacheClusterId, CurrentRole }) => `${CacheClusterId} ${CurrentRole}`);
    const runningOf = async (id: string): Promise<readonly Pod[]> =>
      (await podsOf(namespace, "fakecloud-service=elasticache")).filter(
        ({ name, deleting }) => !deleting && name.startsWith(`fakecloud-ec-${id}-`),
      );
    const placesOf = async (id: string): Promise<(string | undefined)[]> =>
      (await runningOf(id)).map(({ node }) => node);
    const endpoint = ({ PrimaryEndpoint }: NodeGroup): Endpoint => ({
      Address: PrimaryEndpoint?.Address ?? "",
      Port: PrimaryEndpoint?.Port ?? 0,
    });

    beforeAll(async () => {
      await createNamespace(namespace);
      server = await startServerOnCluster(namespace);
    });
    afterAll(async () => {
      await server?.[Symbol.asyncDispose]();
      await kubectl("delete", "namespace", namespace, "--wait=false");
    });

    /** A cache and a primary on the second node, which is going to die, and the primary's replica on the first. */
    async function placed(): Promise<void> {
      await kubectl("cordon", first);
      try {
        alone = await createCluster(client(), "alone", "redis");
        const two = { NumCacheClusters: 2, AutomaticFailoverEnabled: true, CacheNodeType: "cache.t3.micro" };
        const asked = { ...group, ...two, ReplicationGroupDescription: "for tests", Engine: "redis" };
        await client().send(new CreateReplicationGroupCommand(asked));
        await waitUntilReplicationGroupAvailable({ client: client(), ...quickly }, group);
      } finally {
        await kubectl("uncordon", first);
      }
      await kubectl("cordon", second);
      try {
        const [replica] = await runningOf("pair-002");
        const moved = { lost: /is being deleted|was deleted/, recovered: /Finished recovery/ };
        await survives(
          "pair-002",
          () => kubectl("-n", namespace, "delete", "pod", replica?.name ?? "", "--wait=false"),
          moved,
        );
      } finally {
        await kubectl("uncordon", second);
      }
      await waitUntilReplicationGroupAvailable({ client: client(), ...quickly }, group);
      before = await shard();
      expect([
        rolesOf(before),
        await placesOf("pair-001"),
        await placesOf("pair-002"),
        await placesOf("alone"),
      ]).toEqual([["pair-001 primary", "pair-002 replica"], [second], [first], [second]]);
    }

    test("a replica on another node takes the writes over and has what it acknowledged; every cache is back at its address", {
      timeout: 300_000,
    }, async () => {
      await placed();
      const at = endpoint(before);
      const { redis } = connectRedis({ host: at.Address, port: at.Port });
      await redis.connect();
      await redis.set("k", "v");
      expect(await redis.wait(1, 5_000)).toBe(1);
      redis.disconnect();
      const died = { lost: /is being deleted|was deleted/, recovered: /\(empty\)/ };
      try {
        await survives("alone", async () => await cluster?.loseNode(), died);
        expect(await ask(alone, "GET", "k")).toBeNull();
        await expect.poll(() => ask(at, "SET", "l", "v").catch(String), { timeout: 60_000 }).toBe("OK");
        expect(await ask(at, "GET", "k")).toBe("v");
        await expect
          .poll(() => messagesOf("pair"), { timeout: 60_000 })
          .toContain("Failover from primary node pair-001 to replica node pair-002 completed");
        await waitUntilReplicationGroupAvailable({ client: client(), ...quickly }, group);
        const after = await shard();
        expect(rolesOf(after)).toEqual(["pair-001 replica", "pair-002 primary"]);
        expect([endpoint(after), after.ReaderEndpoint]).toEqual([at, before.ReaderEndpoint]);
        expect((await messagesOf("pair-001")).at(-1)).toMatch(/^Finished recovery for cache nodes 0001/);
        expect([await statusOf("alone"), await placesOf("alone"), await placesOf("pair-001")]).toEqual([
          "available",
          [first],
          [first],
        ]);
      } finally {
        await cluster?.addNode();
      }
    });
  },
);
