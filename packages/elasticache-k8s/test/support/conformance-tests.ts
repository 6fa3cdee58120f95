import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileBlobStore } from "@fc/core";
import { type ConformanceTarget, conformanceCases, runCase } from "@fc/elasticache/conformance";
import { K8sClient } from "@fc/k8s";
import { afterAll, beforeAll, describe, test } from "vitest";
import { createElastiCacheK8sBackend, type ElastiCacheK8sBackend, execRedis } from "../../src/index.ts";
import type { CasesCluster } from "./backend-cases.ts";
import { startRdbServer } from "./rdb-server.ts";

/**
 * The conformance kit of `@fc/elasticache` on a cluster: a backend must not tell them apart. In parts with a namespace each, as the cases wait more
 * than they compute; those of a part run one after the other.
 */
export function conformanceTests(name: string, start: () => Promise<CasesCluster>, parts = 1): void {
  describe.concurrent.each(Array.from({ length: parts }, (_, part) => part))(`${name}, part %i`, (part) => {
    let cluster: CasesCluster;
    let directory: string;
    let client: K8sClient;
    let server: Awaited<ReturnType<typeof startRdbServer>>;
    let backend: ElastiCacheK8sBackend;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "fc-conformance-"));
      cluster = await start();
      const { kubeconfig, namespace } = cluster;
      client = await K8sClient.connect({ kubeconfig, namespace, installationId: "conformance" });
      server = await startRdbServer(cluster.listenOn, (id, token) => backend.stagedRdb(id, token));
    });

    afterAll(async () => {
      await server?.[Symbol.asyncDispose]();
      await client?.[Symbol.asyncDispose]();
      await cluster?.[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    });

    const target: ConformanceTarget = {
      open: () => {
        backend = createElastiCacheK8sBackend({
          client,
          blobs: createFileBlobStore(directory),
          endpoints: "cluster-ip",
          internalUrl: `http://${cluster.hostAddress}:${server.port}`,
          ...(cluster.images === undefined ? {} : { images: cluster.images }),
        });
        return backend;
      },
      abilities: {
        leftovers: () => leftovers(client),
        lose: async ({ instance }, how) => {
          if (how === "deleted") await client.deletePod(instance);
          else await execRedis(client, instance, ["SHUTDOWN", "NOSAVE"]).catch(() => undefined);
        },
        unstartable: { parameters: { "maxmemory-policy": "nonsense" } },
        access: true,
        replication: true,
        adoption: true,
      },
    };

    for (const entry of conformanceCases.filter((_, index) => index % parts === part))
      test(`${entry.group}: ${entry.name}`, { timeout: entry.timeoutMs + 30_000, concurrent: false }, async () => {
        const result = await runCase(target, entry);
        if (result.outcome === "failed") throw result.error;
      });
  });
}

/** Everything of caches but what belongs to the installation. */
async function leftovers(client: K8sClient): Promise<readonly string[]> {
  const selector = "fakecloud-service=elasticache";
  const kinds = await Promise.all([
    client.listPods(selector),
    client.listServices(selector),
    client.listSecrets(selector),
  ]);
  const names = kinds.flat().map(({ metadata }) => metadata?.name ?? "");
  return names.filter((name) => !name.startsWith("fakecloud-ec-installation-"));
}
