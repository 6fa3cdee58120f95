import { errorText, withDeadline } from "@fc/core";
import { CacheBackendError, type CacheNodeSpec } from "@fc/elasticache/backend";
import { podIsReady } from "@fc/k8s";
import type { V1Pod } from "@kubernetes/client-node";
import { needsSecret, nodeSecretName, writeNodeSecret } from "../access/node-secret.ts";
import { discoveredNodes } from "../discovery/discovered-nodes.ts";
import { hasRdb } from "../engines/engine-arguments.ts";
import { makeClaim } from "../persistence/claims.ts";
import { volumeFailure } from "../persistence/volume-failure.ts";
import { buildCachePod } from "../pod/build-cache-pod.ts";
import { claimOf } from "../pod/data-volume.ts";
import type { RdbSource } from "../rdb/rdb-source.ts";
import type { CacheContext } from "./cache-context.ts";
import { deletePod } from "./delete-pod.ts";
import { waitForEngine } from "./engine-link.ts";

/**
 * Brings up one Pod of a node, restored from `rdb` when given, and resolves once the engine serves and the Pod is Ready.
 * Every path goes through it: create, restore, reboot, replacement. When it rejects, the Pod is gone.
 */
export function spawnPod(
  context: CacheContext,
  spec: CacheNodeSpec,
  launch: {
    readonly podName: string;
    readonly rdb: RdbSource | undefined;
    /** The volume of a Pod that is gone: the new one goes on with its data. */
    readonly claim?: string | undefined;
    /** Writes wait for it: no longer than for one whose image is there. */
    readonly urgent?: boolean;
  },
  signal: AbortSignal,
): Promise<V1Pod> {
  return context.launches.run(async () => {
    const { client } = context;
    const { podName, rdb } = launch;
    const staged = rdb === undefined ? undefined : context.staging.stage(rdb);
    const persistence = launch.claim === undefined && hasRdb(spec.engine) ? context.persistence : undefined;
    context.launching.add(podName);
    try {
      if (staged !== undefined) await createRestoreSecret(context, podName, staged, signal);
      const restore = rdb === undefined ? undefined : { secretName: podName, sha256: rdb.sha256 };
      const accessSecret = needsSecret(spec) ? nodeSecretName(context, spec) : undefined;
      if (accessSecret !== undefined) await writeNodeSecret(context, spec, signal);
      const { images, resources, pullSecret } = context;
      if (persistence !== undefined) await makeClaim(context, spec, podName, persistence, signal);
      const discovered = await discoveredNodes(context, spec, signal);
      const pod = buildCachePod(spec, {
        name: podName,
        images,
        resources,
        pullSecret,
        restore,
        accessSecret,
        discovered,
        claim: persistence === undefined ? launch.claim : podName,
        chown: context.persistence?.chown,
      });
      const podConfig = context.podConfig.withTags(spec.tags);
      const options = { owner: "installation", service: "elasticache", podConfig, signal } as const;
      return await client.launchPod(pod, options, (created) => {
        const { progress } = context.nodes.get(spec.nodeKey) ?? {};
        const onPull = launch.urgent === true ? undefined : () => progress?.tell();
        return untilServing(context, spec, { created, onPull }, signal);
      });
    } catch (error) {
      // It is on its way out; whoever tries again must not meet it.
      await deletePod(context, podName).catch((failure: unknown) => {
        context.logger.warn(
          { pod: podName, error: errorText(failure) },
          "a cache Pod that did not start is still there",
        );
      });
      if (persistence !== undefined) await client.deletePersistentVolumeClaim(podName).catch(() => undefined);
      const claimed = persistence !== undefined || launch.claim !== undefined;
      const chown = context.persistence?.chown === true;
      throw (claimed ? volumeFailure(error, chown) : undefined) ?? withoutTls(spec, error) ?? error;
    } finally {
      if (staged !== undefined) {
        context.staging.drop(staged.id);
        await client.deleteSecret(podName).catch(() => undefined);
      }
      context.launching.delete(podName);
    }
  }, signal);
}

/** Undoes what `spawnPod` made: the Pod, and the claim that is named as it. A claim that stays goes with the next that are dropped. */
export async function removeSpawned(context: CacheContext, pod: V1Pod): Promise<void> {
  const { name = "" } = pod.metadata ?? {};
  await deletePod(context, name);
  if (claimOf(pod) === name) await context.client.deletePersistentVolumeClaim(name).catch(() => undefined);
}

/** The Secret has the Pod's name, belongs to this process, and lives only until the Pod is up. */
async function createRestoreSecret(
  context: CacheContext,
  podName: string,
  staged: { readonly id: string; readonly token: string },
  signal: AbortSignal,
): Promise<void> {
  const url = `${context.internalUrl}/_fakecloud/elasticache/_internal/rdb/${staged.id}`;
  await context.client.createSecret(
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: context.client.owned({ name: podName }, "process", "elasticache"),
      type: "Opaque",
      stringData: { url, token: staged.token },
    },
    { signal },
  );
}

async function untilServing(
  context: CacheContext,
  spec: CacheNodeSpec,
  { created, onPull }: { readonly created: V1Pod; readonly onPull: (() => void) | undefined },
  signal: AbortSignal,
): Promise<V1Pod> {
  const name = created.metadata?.name ?? "";
  const uid = created.metadata?.uid;
  const timeoutMs = context.startTimeoutMs;
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const wait = (predicate: (pod: V1Pod) => boolean, what: string): Promise<V1Pod> =>
    context.client.waitForPod(name, predicate, {
      timeoutMs,
      what,
      onPull,
      signal: either,
      ...(uid === undefined ? {} : { uid }),
    });
  // Watched beside everything else: it is what reports an engine that ends while we still ask it.
  const ready = wait(podIsReady, "to be Ready");
  ready.catch(() => undefined);
  const serving = async (): Promise<V1Pod> => {
    const running = await wait(hasStarted, "to start");
    const what = `waiting for ${spec.engine} in Pod ${name} to answer`;
    await withDeadline({ timeoutMs, what, signal: either, clock: context.clock }, (deadline) =>
      waitForEngine(context, running, spec.engine, deadline),
    );
    return await ready;
  };
  const answer = serving();
  answer.catch(() => undefined);
  try {
    await Promise.race([answer, ready.then(() => answer)]);
    return await answer;
  } finally {
    stop.abort();
  }
}

/** The engine's process runs and has an address. The status comes up to a second late: from here on the engine itself is asked. */
function hasStarted(pod: V1Pod): boolean {
  const [status] = pod.status?.containerStatuses ?? [];
  return pod.status?.podIP !== undefined && status?.state?.running !== undefined;
}

/** The engines' own words for options that they were built without say nothing of TLS. */
function withoutTls(spec: CacheNodeSpec, error: unknown): Error | undefined {
  if (spec.access?.tls === undefined || !/tls-port|TLS support/.test(errorText(error))) return undefined;
  return new CacheBackendError(
    "FC_CACHE_ACCESS_FAILED",
    `The ${spec.engine} image was built without TLS, which this node needs: ${errorText(error)}`,
    { fault: "user", cause: error },
  );
}
