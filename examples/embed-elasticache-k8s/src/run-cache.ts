// #region run
import { createFileBlobStore } from "@fc/core";
import { createElastiCacheK8sBackend, execRedis } from "@fc/elasticache-k8s";
import { K8sClient } from "@fc/k8s";
import { redisNode } from "./cache-spec.ts"; // a CacheNodeSpec, made of your own records

await using client = await K8sClient.connect({ environment: process.env, installationId: "my-service" });
await using backend = createElastiCacheK8sBackend({
  client,
  blobs: createFileBlobStore(process.env["SNAPSHOT_FOLDER"] ?? "./snapshots"),
  endpoints: "cluster-ip", // or "dns", for clients inside the cluster
  internalUrl: "http://my-service:8080", // where Pods fetch data to start with: see backend.stagedRdb and backend.iamPassword
});
const sessions = redisNode("sessions");
const signal = AbortSignal.timeout(120_000);
const { endpoint, instance } = await backend.start(sessions, { signal }); // the same endpoint until it is deleted
await execRedis(client, instance, ["SET", "greeting", "hello"]);
const snapshot = await backend.snapshot(sessions, { signal });
await backend.delete(sessions.nodeKey);
// #endregion

console.log(endpoint.port, snapshot.sizeBytes > 0);
