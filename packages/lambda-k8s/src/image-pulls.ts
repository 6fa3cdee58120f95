import { randomUUID } from "node:crypto";
import type { K8sClient } from "@fc/k8s";
import type { FunctionSpec, LaunchOptions } from "@fc/lambda/backend";
import type { V1Pod } from "@kubernetes/client-node";
import { toldExtensions } from "./image-extensions.ts";
import type { PlacementContext } from "./pod-context.ts";
import { closingMs } from "./pod-end.ts";
import { buildPullPodSpec } from "./pod-spec.ts";
import { SharedWork } from "./shared-work.ts";

export interface ImagePullsOptions extends PlacementContext {
  readonly client: K8sClient;
}

/** Has nodes pull the images of functions, and knows what the images told. */
export class ImagePulls {
  readonly #options: ImagePullsOptions;
  /** The names of the extensions of each image that was pulled. */
  readonly #extensions = new Map<string, readonly string[]>();
  /** Names of Pods that only pull an image. */
  readonly #pods = new Set<string>();
  readonly #looks = new SharedWork<string | undefined>();

  constructor(options: ImagePullsOptions) {
    this.#options = options;
  }

  /** Whether a Pod of that name pulls an image. */
  has(podName: string): boolean {
    return this.#pods.has(podName);
  }

  /**
   * The names of the extensions in a function's container image: looked at once for each image, however many functions want to
   * know at the same time, and again when it is pulled. When it rejects, nothing is left.
   * @throws PodStartError with the cluster's reason when it cannot be pulled; BackendError, see {@link toldExtensions}
   */
  async extensionsOf(spec: FunctionSpec, options: LaunchOptions): Promise<readonly string[]> {
    const uri = spec.image?.uri ?? "";
    const known = this.#extensions.get(uri);
    if (known !== undefined) return known;
    // Functions that run elsewhere, or with other tags, may fail where this one does not.
    const { spec: place } = buildPullPodSpec(spec, "", this.#options);
    await this.#looks.run(JSON.stringify(place), (all) => this.pull(spec, all), options);
    return this.#extensions.get(uri) ?? [];
  }

  /**
   * Has a node pull a function's image, which takes the time that it takes, and gives the digest by which the node knows it.
   * @throws as {@link ImagePulls.extensionsOf}
   */
  async pull(spec: FunctionSpec, { signal, onProgress }: LaunchOptions): Promise<string | undefined> {
    const { client, settings } = this.#options;
    const pod = buildPullPodSpec(spec, randomUUID(), this.#options);
    const name = pod.metadata?.name ?? "";
    let uid: string | undefined;
    this.#pods.add(name);
    try {
      const until = (seen: V1Pod): boolean => {
        uid = seen.metadata?.uid;
        return imageIdOf(seen) !== "" && hasTold(seen);
      };
      const timeoutMs = settings.launchTimeoutSeconds * 1_000;
      const onPull = (): void => onProgress?.();
      const limits = { timeoutMs, onPull, signal };
      const pulled = await client.startPod(pod, { owner: "process", service: "lambda", until, ...limits });
      await client.discardPod({ name, uid, gracePeriodSeconds: 0 });
      const uri = spec.image?.uri ?? "";
      this.#extensions.delete(uri);
      this.#extensions.set(uri, toldExtensions(messageOf(pulled), uri));
      return /sha256:[0-9a-f]{64}$/.exec(imageIdOf(pulled))?.[0];
    } catch (error) {
      const limits = { timeoutMs: closingMs };
      if (uid !== undefined) await client.waitForPodGone(name, uid, limits).catch(() => undefined);
      throw error;
    } finally {
      this.#pods.delete(name);
    }
  }
}

function imageIdOf(pod: V1Pod): string {
  return pod.status?.containerStatuses?.[0]?.imageID ?? "";
}

/** Whether the container has ended, or cannot start: an image without a shell is pulled, and tells nothing. */
function hasTold(pod: V1Pod): boolean {
  const { terminated, waiting } = pod.status?.containerStatuses?.[0]?.state ?? {};
  return (
    terminated !== undefined || /^(StartError|RunContainerError|CreateContainerError)$/.test(waiting?.reason ?? "")
  );
}

function messageOf(pod: V1Pod): string | undefined {
  const terminated = pod.status?.containerStatuses?.[0]?.state?.terminated;
  return terminated?.exitCode === 0 ? terminated.message : undefined;
}
