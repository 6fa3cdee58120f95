import { cpSync, existsSync, mkdirSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Mount } from "../isolation/isolation.ts";
import type { Container, Volume, VolumeMount } from "../pod-types.ts";
import { isInside } from "./atomic-folder.ts";
import { ContainerConfigError } from "./container-config-error.ts";
import { expandVariables } from "./variable-expansion.ts";

export interface VolumeMountsInput {
  readonly container: Container;
  readonly volumes: readonly Volume[];
  /** Volume name → host folder. */
  readonly folders: ReadonlyMap<string, string>;
  readonly env: Readonly<Record<string, string>>;
  /** A folder of this attempt, for copies. */
  readonly directory: string;
}

/** What a container mounts of the prepared volumes. */
export function volumeMounts(input: VolumeMountsInput): Mount[] {
  return (input.container.volumeMounts ?? []).map((mount, index) => volumeMount(mount, index, input));
}

function volumeMount(mount: VolumeMount, index: number, input: VolumeMountsInput): Mount {
  const folder = input.folders.get(mount.name);
  if (folder === undefined)
    throw new ContainerConfigError(`volume "${mount.name}" of ${input.container.name} is not in the Pod`);
  const volume = input.volumes.find(({ name }) => name === mount.name);
  const fixed = volume?.emptyDir === undefined && volume?.persistentVolumeClaim === undefined;
  const readOnly = mount.readOnly === true || fixed || volume?.persistentVolumeClaim?.readOnly === true;
  const subPath =
    (mount.subPathExpr === undefined ? mount.subPath : expandVariables(mount.subPathExpr, input.env)) ?? "";
  const part = subPath === "" ? folder : subPathOf(folder, subPath, fixed);
  const hostPath = subPath !== "" && fixed ? copyOf(part, join(input.directory, "sub-paths", String(index))) : part;
  return { containerPath: mount.mountPath, hostPath, readOnly };
}

function subPathOf(folder: string, subPath: string, fixed: boolean): string {
  const path = join(folder, subPath);
  if (!isInside(folder, path)) throw new ContainerConfigError(`subPath ${subPath} leads out`);
  if (!existsSync(path) && !fixed) mkdirSync(path, { recursive: true });
  if (!existsSync(path))
    throw new ContainerConfigError(`failed to prepare subPath for volumeMount: ${subPath} not found`);
  // A link in the volume, which the Pod can write, must not lead out of it.
  const real = realpathSync(path);
  if (!isInside(realpathSync(folder), real)) throw new ContainerConfigError(`subPath ${subPath} leads out`);
  return real;
}

/** A subPath of a Secret or ConfigMap stays as it was when the container started. */
function copyOf(path: string, to: string): string {
  rmSync(to, { recursive: true, force: true });
  cpSync(path, to, { recursive: true, dereference: true });
  return to;
}
