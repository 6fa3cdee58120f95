import { join } from "node:path";
import type { Pod, Volume } from "../pod-types.ts";
import { ContainerConfigError } from "./container-config-error.ts";
import type { PodContext } from "./pod-context.ts";
import {
  metadataDiffers,
  prepareVolumes,
  updateVolume,
  usesConfig,
  usesMetadata,
  type VolumeContext,
} from "./pod-volumes.ts";
import { type StorageLimitsOptions, watchStorageLimits } from "./storage-limits.ts";

/** The volumes of a Pod: mounted when all they need is there, kept up to date and within their limits until it ends. */
export class MountedVolumes {
  readonly #context: PodContext;
  readonly #limits: Pick<StorageLimitsOptions, "containerFolders" | "onExceeded">;
  readonly #stops: (() => void)[] = [];
  #folders: ReadonlyMap<string, string> = new Map();

  constructor(context: PodContext, limits: Pick<StorageLimitsOptions, "containerFolders" | "onExceeded">) {
    this.#context = context;
    this.#limits = limits;
  }

  /** Volume name → host folder. */
  get folders(): ReadonlyMap<string, string> {
    return this.#folders;
  }

  /** Resolves when all volumes are there; rejects when the signal aborts first. */
  async mount(signal: AbortSignal): Promise<void> {
    const { services, pod } = this.#context;
    const { namespace = "" } = pod.metadata;
    for (;;) {
      try {
        this.#folders = prepareVolumes(this.#volumeContext());
        break;
      } catch (error) {
        if (!(error instanceof ContainerConfigError)) throw error;
        services.record(pod, "Warning", "FailedMount", error.message);
        this.#context.changed();
        await services.configChanges.next(namespace, signal);
      }
    }
    if (this.#folders.size > 0) {
      this.#stops.push(
        services.configChanges.watch((changes) => {
          if (changes.namespace === namespace) this.#update((volume) => usesConfig(volume, changes));
        }),
      );
    }
    this.#stops.push(watchStorageLimits({ pod, clock: services.clock, volumes: this.#folders, ...this.#limits }));
  }

  podChanged(before: Pod, pod: Pod): void {
    if (this.#folders.size > 0 && metadataDiffers(before, pod)) this.#update(usesMetadata);
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  #update(concerned: (volume: Volume) => boolean): void {
    const { services, pod } = this.#context;
    for (const volume of pod.spec.volumes ?? []) {
      const folder = this.#folders.get(volume.name);
      if (folder === undefined || !concerned(volume)) continue;
      try {
        updateVolume(volume, folder, this.#volumeContext());
      } catch (error) {
        if (!(error instanceof ContainerConfigError)) throw error;
        services.record(pod, "Warning", "FailedMount", error.message);
      }
    }
  }

  #volumeContext(): VolumeContext {
    const { services, pod, source, addresses, directory } = this.#context;
    const namespace = pod.metadata.namespace ?? "";
    return {
      ...{ pod, source, addresses, capacity: services.capacity, nowMs: services.clock.now() },
      directory: join(directory, "volumes"),
      groupId: services.uid === 0 ? pod.spec.securityContext?.fsGroup : undefined,
      claimDirectory: (claim) =>
        services.store.peek("persistentvolumeclaims", namespace, claim) === undefined
          ? undefined
          : join(services.directory, "claims", namespace, claim),
    };
  }
}
