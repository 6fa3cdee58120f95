import { type ConformanceTarget, conformanceCases, runCase } from "@fc/elasticache/conformance";
import type { K8sClient } from "@fc/k8s";
import { afterAll, beforeAll, describe, test } from "vitest";
import { execRedis } from "../../src/index.ts";
import { type CasesBench, type CasesCluster, openBench } from "./cases-bench.ts";

/**
 * The conformance kit of `@fc/elasticache` on a cluster: a backend must not tell them apart. In parts with a namespace each, as the cases wait more
 * than they compute; those of a part run one after the other.
 */
export function conformanceTests(name: string, start: () => Promise<CasesCluster>, parts = 1): void {
  describe.concurrent.each(Array.from({ length: parts }, (_, part) => part))(`${name}, part %i`, (part) => {
    let bench: CasesBench;

    beforeAll(async () => {
      bench = await openBench(start, "conformance");
    });

    afterAll(() => bench?.[Symbol.asyncDispose]());

    const target: ConformanceTarget = {
      open: () => bench.backend(),
      abilities: {
        leftovers: () => leftovers(bench.client),
        lose: async ({ instance }, how) => {
          if (how === "deleted") await bench.client.deletePod(instance);
          else await execRedis(bench.client, instance, ["SHUTDOWN", "NOSAVE"]).catch(() => undefined);
        },
        unstartable: { parameters: { "maxmemory-policy": "nonsense" } },
        access: true,
        replication: true,
        slots: true,
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
