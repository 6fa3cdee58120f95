import { setTimeout as delay } from "node:timers/promises";
import {
  CreateCacheClusterCommand,
  CreateReplicationGroupCommand,
  DescribeCacheClustersCommand,
  DescribeReplicationGroupsCommand,
  DescribeSnapshotsCommand,
  ElastiCacheClient,
} from "@aws-sdk/client-elasticache";
import { type OnCluster, startOnCluster } from "../lib/on-cluster.ts";
import type { Endpoint } from "./engine.ts";

const lookMs = 25;
/** While a snapshot is taken readers are measured: who asks more often takes CPU from them. */
const lookAtSnapshotMs = 200;

/** The server with caches on a cluster. */
export class CacheServer implements AsyncDisposable {
  readonly client: ElastiCacheClient;
  readonly #server: OnCluster;

  private constructor(server: OnCluster) {
    this.#server = server;
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    this.client = new ElastiCacheClient({ endpoint: server.url, region: "us-east-1", credentials });
  }

  static async start(kubeconfig: string, host: string | undefined): Promise<CacheServer> {
    return new CacheServer(await startOnCluster(kubeconfig, host, ["--elasticache-backend", "k8s"]));
  }

  get pid(): number {
    return this.#server.child.pid ?? 0;
  }

  async createCluster(id: string, more: object = {}): Promise<Endpoint> {
    await this.client.send(
      new CreateCacheClusterCommand({
        CacheClusterId: id,
        Engine: "valkey",
        CacheNodeType: "cache.t3.micro",
        NumCacheNodes: 1,
        ...more,
      }),
    );
    return await this.clusterAvailable(id);
  }

  async clusterAvailable(CacheClusterId: string): Promise<Endpoint> {
    for (;;) {
      const { CacheClusters } = await this.client.send(
        new DescribeCacheClustersCommand({ CacheClusterId, ShowCacheNodeInfo: true }),
      );
      const [cluster] = CacheClusters ?? [];
      const { Address = "", Port = 0 } = cluster?.CacheNodes?.[0]?.Endpoint ?? {};
      if (cluster?.CacheClusterStatus === "available") return { address: Address, port: Port };
      if (/failed|incompatible/.test(cluster?.CacheClusterStatus ?? ""))
        throw new Error(`${CacheClusterId} is ${cluster?.CacheClusterStatus}`);
      await delay(lookMs);
    }
  }

  /** A group of a primary and a replica. */
  async createGroup(id: string): Promise<void> {
    await this.client.send(
      new CreateReplicationGroupCommand({
        ReplicationGroupId: id,
        ReplicationGroupDescription: "bench",
        Engine: "valkey",
        CacheNodeType: "cache.t3.micro",
        NumCacheClusters: 2,
        AutomaticFailoverEnabled: true,
      }),
    );
  }

  async groupAvailable(ReplicationGroupId: string): Promise<{ readonly endpoint: Endpoint; readonly primary: string }> {
    for (;;) {
      const { ReplicationGroups } = await this.client.send(
        new DescribeReplicationGroupsCommand({ ReplicationGroupId }),
      );
      const [group] = ReplicationGroups ?? [];
      const [shard] = group?.NodeGroups ?? [];
      const { Address = "", Port = 0 } = shard?.PrimaryEndpoint ?? {};
      const primary = shard?.NodeGroupMembers?.find(({ CurrentRole }) => CurrentRole === "primary")?.CacheClusterId;
      if (group?.Status === "available" && primary !== undefined)
        return { endpoint: { address: Address, port: Port }, primary };
      await delay(lookMs);
    }
  }

  async snapshotAvailable(SnapshotName: string): Promise<void> {
    for (;;) {
      const { Snapshots } = await this.client.send(new DescribeSnapshotsCommand({ SnapshotName }));
      const status = Snapshots?.[0]?.SnapshotStatus;
      if (status === "available") return;
      if (status === "failed") throw new Error(`The snapshot ${SnapshotName} failed`);
      await delay(lookAtSnapshotMs);
    }
  }

  /** In the server's namespace. */
  kubectl(...args: string[]): string {
    return this.#server.kubectl("-n", this.#server.namespace, ...args);
  }

  /** The Pods that run a cache, by the words that their names begin with. */
  podsOf(id: string): { readonly name: string; readonly address: string }[] {
    const args = ["get", "pods", "-l", "fakecloud-service=elasticache", "-o", "json"];
    const { items } = JSON.parse(this.kubectl(...args)) as {
      items: { metadata: { name: string }; status: { podIP?: string } }[];
    };
    return items
      .filter(({ metadata }) => metadata.name.startsWith(`fakecloud-ec-${id}-`))
      .map(({ metadata, status }) => ({ name: metadata.name, address: status.podIP ?? "" }));
  }

  /** As a node that loses power: without a moment to hand over. */
  killPod(name: string): void {
    this.kubectl("delete", "pod", name, "--grace-period=0", "--force", "--wait=false");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.destroy();
    await this.#server[Symbol.asyncDispose]();
  }
}
