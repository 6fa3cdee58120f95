import type { K8sClient } from "@fc/k8s";
import type { LambdaBackend } from "@fc/lambda/backend";
import {
  type BackendAbilities,
  type ConformanceCase,
  type ConformanceTarget,
  conformanceCases,
  runCase,
} from "@fc/lambda/conformance";
import { expect, test, vi } from "vitest";

/** A cluster with backends for it. */
export interface Ground {
  readonly client: K8sClient;
  readonly open: () => LambdaBackend;
  /** Every launch finds a Pod that waits, or none ever does. */
  readonly pool: "always" | "never";
}

/**
 * The conformance kit of `@fc/lambda` on a cluster: a backend must not tell them apart. Cases run one after the other, also where
 * several grounds are tested at once.
 * @param cases default: all of them
 */
export function conformanceTests(
  ground: () => Ground,
  abilities: Partial<BackendAbilities>,
  absent: ConformanceTarget["absent"] = {},
  cases: readonly ConformanceCase[] = conformanceCases,
): void {
  const target: ConformanceTarget = {
    open: () => (ground().pool === "always" ? prepared(ground().open()) : ground().open()),
    abilities: {
      signals: true,
      reinit: true,
      extensions: true,
      execWrapper: true,
      telemetry: true,
      streaming: true,
      memoryUse: true,
      logLines: true,
      memoryLimit: true,
      python: "python3.13",
      customRuntime: "provided.al2023",
      leftovers: () => leftovers(ground().client),
      lose: async ({ handle }) => {
        if (handle.kind === "pod") await ground().client.deletePod(handle.name);
      },
      ...abilities,
    },
    absent,
  };
  for (const entry of cases) {
    test(`${entry.group}: ${entry.name}`, { timeout: entry.timeoutMs + 30_000, concurrent: false }, async ({
      skip,
    }) => {
      const result = await runCase(target, entry);
      if (result.outcome === "skipped") skip(result.reason);
      if (result.outcome === "failed") throw result.error;
    });
  }
}

/** Pods and Secrets of functions: those of Pods that wait belong to the backend. */
async function leftovers(client: K8sClient): Promise<readonly string[]> {
  const pods = await client.listPods("fakecloud-service=lambda,!fakecloud-lambda-pool");
  const names = pods.map((pod) => `Pod ${pod.metadata?.name}`);
  if (names.length > 0) return names;
  // The Secret of a Pod that the pool makes at this moment is there before that Pod tells whose it is.
  return await vi
    .waitFor(async () => expect(await secretNames(client)).toEqual([]), { timeout: 5_000 })
    .then(
      () => [],
      async () => await secretNames(client),
    );
}

async function secretNames(client: K8sClient): Promise<readonly string[]> {
  const waiting = new Set((await client.listPods("fakecloud-lambda-pool")).map(({ metadata }) => metadata?.name));
  const secrets = await client.listSecrets("fakecloud-service=lambda");
  return secrets
    .filter(({ metadata }) => !waiting.has(metadata?.name))
    .map(({ metadata }) => `Secret ${metadata?.name}`);
}

/** Has a Pod wait for every launch. */
function prepared(backend: LambdaBackend): LambdaBackend {
  return {
    specificationVersion: backend.specificationVersion,
    name: backend.name,
    launch: async (request, options) => {
      if (!options.signal.aborted) await backend.prepare?.(request).catch(() => undefined);
      return await backend.launch(request, options);
    },
    prepare: async (request) => await backend.prepare?.(request),
    pools: () => backend.pools?.() ?? [],
    reapStale: () => backend.reapStale(),
    health: () => backend.health(),
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}
