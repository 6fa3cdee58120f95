import { chmodSync, chownSync, existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Mount } from "../isolation/isolation.ts";
import type { Container, DownwardItem, KeyToPath, Pod, Volume, VolumeSources } from "../pod-types.ts";
import type { ConfigSource } from "./config-source.ts";
import { ContainerConfigError } from "./container-config-error.ts";
import { type NodeCapacity, type PodAddresses, podField, resourceField } from "./downward-field.ts";
import { expandVariables } from "./variable-expansion.ts";

export interface VolumeContext {
  readonly pod: Pod;
  readonly source: ConfigSource;
  readonly addresses: PodAddresses;
  readonly capacity: NodeCapacity;
  /** The Pod's own folder for volumes; each gets a folder of its name in it. */
  readonly directory: string;
  /** The folder of a claim, which outlives the Pod. undefined: there is no such claim. */
  readonly claimDirectory: (claim: string) => string | undefined;
  /** Who owns the content, when the server may change owners. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

interface VolumeFile {
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
}

/**
 * Makes the folder of every volume, with its files.
 * @throws ContainerConfigError when something that is not optional is missing: the Pod waits for it.
 */
export function prepareVolumes(context: VolumeContext): Map<string, string> {
  const folders = new Map<string, string>();
  for (const volume of context.pod.spec.volumes ?? []) {
    try {
      folders.set(volume.name, prepareVolume(volume, context));
    } catch (error) {
      if (!(error instanceof ContainerConfigError)) throw error;
      throw new ContainerConfigError(`MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`);
    }
  }
  return folders;
}

function prepareVolume(volume: Volume, context: VolumeContext): string {
  const claim = volume.persistentVolumeClaim?.claimName;
  if (claim !== undefined) {
    const folder = context.claimDirectory(claim);
    if (folder === undefined) throw new ContainerConfigError(`persistentvolumeclaim "${claim}" not found`);
    mkdirSync(folder, { recursive: true });
    return open(folder, context);
  }
  const folder = join(context.directory, volume.name);
  mkdirSync(folder, { recursive: true });
  // A medium of Memory is a folder too: a tmpfs could not be shared by containers with mount namespaces of their own.
  if (volume.emptyDir !== undefined) return open(folder, context);
  const sources = volume.projected?.sources ?? [volume];
  const defaultMode = volume.projected?.defaultMode;
  for (const source of sources) for (const file of filesOf(source, context, defaultMode)) write(folder, file, context);
  if (volume.projected === undefined && !volume.secret && !volume.configMap && !volume.downwardAPI) {
    const kind = Object.keys(volume).find((key) => key !== "name") ?? "none";
    throw new ContainerConfigError(`volumes of kind ${kind} are not supported by the embedded cluster`);
  }
  return folder;
}

/** Any user of the Pod's containers may write there, as in a fresh emptyDir of a real cluster. */
function open(folder: string, { owner }: VolumeContext): string {
  chmodSync(folder, 0o777);
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  return folder;
}

function filesOf(
  source: VolumeSources & { serviceAccountToken?: unknown },
  context: VolumeContext,
  mode?: number,
): VolumeFile[] {
  const { secret, configMap, downwardAPI } = source;
  if (source.serviceAccountToken !== undefined) {
    throw new ContainerConfigError("service account tokens are not supported by the embedded cluster");
  }
  if (secret !== undefined) {
    const name = secret.secretName ?? secret.name ?? "";
    return keyFiles("secret", name, context.source.secret(name), secret, mode);
  }
  if (configMap !== undefined) {
    const name = configMap.name ?? "";
    return keyFiles("configmap", name, context.source.configMap(name), configMap, mode);
  }
  const items = downwardAPI?.items ?? [];
  return items.map((item) => ({
    path: item.path,
    content: Buffer.from(downwardText(item, context)),
    mode: item.mode ?? downwardAPI?.defaultMode ?? mode ?? 0o644,
  }));
}

function downwardText(item: DownwardItem, { pod, addresses, capacity }: VolumeContext): string {
  const text =
    item.fieldRef !== undefined
      ? podField(pod, item.fieldRef.fieldPath, addresses)
      : item.resourceFieldRef && resourceField(pod, undefined, item.resourceFieldRef, capacity);
  if (text !== undefined) return text;
  throw new ContainerConfigError(`unsupported field of downwardAPI item ${item.path}`);
}

function keyFiles(
  kind: string,
  name: string,
  data: ReadonlyMap<string, Buffer> | undefined,
  from: { items?: KeyToPath[]; optional?: boolean; defaultMode?: number },
  mode: number | undefined,
): VolumeFile[] {
  if (data === undefined) {
    if (from.optional === true) return [];
    throw new ContainerConfigError(`${kind} "${name}" not found`);
  }
  const items = from.items ?? [...data.keys()].map((key) => ({ key, path: key }) as KeyToPath);
  return items.flatMap((item) => {
    const content = data.get(item.key);
    if (content !== undefined)
      return [{ path: item.path, content, mode: item.mode ?? from.defaultMode ?? mode ?? 0o644 }];
    if (from.optional === true) return [];
    throw new ContainerConfigError(`references non-existent ${kind} key: ${item.key}`);
  });
}

function write(folder: string, file: VolumeFile, { owner }: VolumeContext): void {
  const path = inside(folder, file.path);
  mkdirSync(dirname(path), { recursive: true });
  // A file of mode 0400 cannot be written again, by anyone but root: take the mode away first.
  if (existsSync(path)) chmodSync(path, 0o600);
  writeFileSync(path, file.content);
  chmodSync(path, file.mode);
  if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
}

function inside(folder: string, path: string): string {
  const full = join(folder, path);
  if (relative(folder, full).startsWith("..")) throw new ContainerConfigError(`path ${path} leads out of its volume`);
  return full;
}

/** What a container mounts of the prepared volumes. */
export function volumeMounts(
  container: Container,
  volumes: readonly Volume[],
  folders: ReadonlyMap<string, string>,
  env: Readonly<Record<string, string>>,
): Mount[] {
  return (container.volumeMounts ?? []).map((mount) => {
    const folder = folders.get(mount.name);
    if (folder === undefined)
      throw new ContainerConfigError(`volume "${mount.name}" of ${container.name} is not in the Pod`);
    const volume = volumes.find(({ name }) => name === mount.name);
    const fixed = volume?.emptyDir === undefined && volume?.persistentVolumeClaim === undefined;
    const readOnly = mount.readOnly === true || fixed || volume?.persistentVolumeClaim?.readOnly === true;
    const subPath = mount.subPathExpr === undefined ? mount.subPath : expandVariables(mount.subPathExpr, env);
    return { containerPath: mount.mountPath, hostPath: subPathOf(folder, subPath ?? ""), readOnly };
  });
}

function subPathOf(folder: string, subPath: string): string {
  if (subPath === "") return folder;
  const path = inside(folder, subPath);
  if (!existsSync(path)) mkdirSync(path, { recursive: true });
  // A link in the volume, which the Pod can write, must not lead out of it.
  const real = realpathSync(path);
  if (relative(realpathSync(folder), real).startsWith(".."))
    throw new ContainerConfigError(`subPath ${subPath} leads out`);
  return real;
}
