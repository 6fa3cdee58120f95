import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ConfigName } from "../config-changes.ts";
import type { Pod, Volume } from "../pod-types.ts";
import { writeAtomically } from "./atomic-folder.ts";
import { ContainerConfigError } from "./container-config-error.ts";
import { sourcesOf, type VolumeFileContext, volumeFiles } from "./volume-files.ts";

export interface VolumeContext extends VolumeFileContext {
  /** The Pod's own folder for volumes; each gets a folder of its name in it. */
  readonly directory: string;
  /** The folder of a claim, which outlives the Pod. undefined: there is no such claim. */
  readonly claimDirectory: (claim: string) => string | undefined;
  /** The Pod's fsGroup, when the server may change owners. */
  readonly groupId: number | undefined;
  readonly nowMs: number;
}

/**
 * Makes the folder of every volume, with its files. Returns them by the volume's name.
 * @throws ContainerConfigError when something that is not optional is missing: the Pod waits for it.
 */
export function prepareVolumes(context: VolumeContext): Map<string, string> {
  const folders = new Map<string, string>();
  for (const volume of context.pod.spec.volumes ?? [])
    folders.set(
      volume.name,
      naming(volume, () => prepareVolume(volume, context)),
    );
  return folders;
}

/**
 * Brings the files of one volume up to date; they change all at once.
 * @throws ContainerConfigError when something is missing now: the files stay as they were.
 */
export function updateVolume(volume: Volume, folder: string, context: VolumeContext): void {
  naming(volume, () => {
    const files = volumeFiles(volume, context);
    if (files !== undefined) writeAtomically(folder, files, context);
  });
}

/** Whether a volume has files of this Secret or ConfigMap. */
export function usesConfig(volume: Volume, { resource, name }: ConfigName): boolean {
  return sourcesOf(volume).some(({ secret, configMap }) =>
    resource === "secrets"
      ? (secret?.secretName ?? secret?.name) === name
      : resource === "configmaps" && configMap?.name === name,
  );
}

/** Whether a volume has files that depend on the Pod's own labels and annotations. */
export function usesMetadata(volume: Volume): boolean {
  return sourcesOf(volume).some(({ downwardAPI }) => downwardAPI !== undefined);
}

/** Whether the labels or annotations differ. */
export function metadataDiffers({ metadata: a }: Pod, { metadata: b }: Pod): boolean {
  return (
    JSON.stringify(a.labels) !== JSON.stringify(b.labels) ||
    JSON.stringify(a.annotations) !== JSON.stringify(b.annotations)
  );
}

function naming<T>(volume: Volume, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ContainerConfigError)) throw error;
    throw new ContainerConfigError(`MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`);
  }
}

function prepareVolume(volume: Volume, context: VolumeContext): string {
  const claim = volume.persistentVolumeClaim?.claimName;
  if (claim !== undefined) {
    const folder = context.claimDirectory(claim);
    if (folder === undefined) throw new ContainerConfigError(`persistentvolumeclaim "${claim}" not found`);
    return openFolder(folder, context);
  }
  const folder = join(context.directory, volume.name);
  // A medium of Memory is a folder too: a tmpfs could not be shared by containers with mount namespaces of their own.
  if (volume.emptyDir !== undefined) return openFolder(folder, context);
  const files = volumeFiles(volume, context);
  if (files === undefined) {
    const kind = Object.keys(volume).find((key) => key !== "name") ?? "none";
    throw new ContainerConfigError(`volumes of kind ${kind} are not supported by the embedded cluster`);
  }
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o777);
  writeAtomically(folder, files, context);
  return folder;
}

/** Any user of the Pod's containers may write there; what they write belongs to the fsGroup. */
function openFolder(folder: string, { groupId }: VolumeContext): string {
  mkdirSync(folder, { recursive: true });
  if (groupId !== undefined) chownSync(folder, 0, groupId);
  chmodSync(folder, groupId === undefined ? 0o777 : 0o2777);
  return folder;
}
