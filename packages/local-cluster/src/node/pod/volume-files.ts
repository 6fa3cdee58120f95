import type { DownwardItem, KeyToPath, Pod, Volume, VolumeSources } from "../pod-types.ts";
import type { ConfigSource } from "./config-source.ts";
import { ContainerConfigError } from "./container-config-error.ts";
import { type NodeCapacity, type PodAddresses, podField, resourceField } from "./downward-field.ts";

export interface VolumeFile {
  readonly content: Buffer;
  readonly mode: number;
}

export interface VolumeFileContext {
  readonly pod: Pod;
  readonly source: ConfigSource;
  readonly addresses: PodAddresses;
  readonly capacity: NodeCapacity;
}

/** What a volume is made of. */
export function sourcesOf(volume: Volume): readonly (VolumeSources & { serviceAccountToken?: unknown })[] {
  if (volume.projected !== undefined) return volume.projected.sources ?? [];
  return volume.secret || volume.configMap || volume.downwardAPI ? [volume] : [];
}

/**
 * The files of a Secret, ConfigMap, downwardAPI or projected volume now, by path; undefined for other kinds.
 * @throws ContainerConfigError when something that is not optional is missing, in the kubelet's words.
 */
export function volumeFiles(volume: Volume, context: VolumeFileContext): Map<string, VolumeFile> | undefined {
  if (volume.projected === undefined && sourcesOf(volume).length === 0) return undefined;
  const files = new Map<string, VolumeFile>();
  for (const source of sourcesOf(volume)) {
    for (const [path, file] of filesOf(source, context, volume.projected?.defaultMode)) files.set(path, file);
  }
  return files;
}

function filesOf(
  source: VolumeSources & { serviceAccountToken?: unknown },
  context: VolumeFileContext,
  mode?: number,
): [string, VolumeFile][] {
  const { secret, configMap, downwardAPI } = source;
  if (source.serviceAccountToken !== undefined) {
    throw new ContainerConfigError("service account tokens are not supported by the embedded cluster");
  }
  if (secret !== undefined) {
    const name = secret.secretName ?? secret.name ?? "";
    const data = dataOf("secret", name, context.source.secret(name), secret.optional);
    return keyFiles(data, secret, mode, (key) => `references non-existent secret key: ${key}`);
  }
  if (configMap !== undefined) {
    const name = configMap.name ?? "";
    const data = dataOf("configmap", name, context.source.configMap(name), configMap.optional);
    return keyFiles(data, configMap, mode, (key) => `configmap references non-existent config key: ${key}`);
  }
  const items = downwardAPI?.items ?? [];
  return items.map((item) => [
    item.path,
    {
      content: Buffer.from(downwardText(item, context)),
      mode: item.mode ?? downwardAPI?.defaultMode ?? mode ?? 0o644,
    },
  ]);
}

function dataOf(
  kind: string,
  name: string,
  data: ReadonlyMap<string, Buffer> | undefined,
  optional = false,
): ReadonlyMap<string, Buffer> {
  if (data !== undefined) return data;
  if (optional) return new Map();
  throw new ContainerConfigError(`${kind} "${name}" not found`);
}

function keyFiles(
  data: ReadonlyMap<string, Buffer>,
  from: { items?: KeyToPath[]; optional?: boolean; defaultMode?: number },
  mode: number | undefined,
  missing: (key: string) => string,
): [string, VolumeFile][] {
  const items = from.items ?? [...data.keys()].map((key): KeyToPath => ({ key, path: key }));
  return items.flatMap((item): [string, VolumeFile][] => {
    const content = data.get(item.key);
    if (content !== undefined) return [[item.path, { content, mode: item.mode ?? from.defaultMode ?? mode ?? 0o644 }]];
    if (from.optional === true) return [];
    throw new ContainerConfigError(missing(item.key));
  });
}

function downwardText(item: DownwardItem, { pod, addresses, capacity }: VolumeFileContext): string {
  const text =
    item.fieldRef !== undefined
      ? podField(pod, item.fieldRef.fieldPath, addresses)
      : item.resourceFieldRef && resourceField(pod, undefined, item.resourceFieldRef, capacity);
  if (text !== undefined) return text;
  throw new ContainerConfigError(`unsupported field of downwardAPI item ${item.path}`);
}
