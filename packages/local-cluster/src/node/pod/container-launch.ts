import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ImagePlan } from "../../images/image-handler.ts";
import type { ContainerLaunch, Mount, RunAs } from "../isolation/isolation.ts";
import { toolsFolder } from "../isolation/write-tools.ts";
import type { Container } from "../pod-types.ts";
import type { PodContext } from "./pod-context.ts";
import { expandVariables } from "./variable-expansion.ts";
import { volumeMounts } from "./volume-mounts.ts";

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export interface LaunchInput {
  readonly context: PodContext;
  readonly container: Container;
  readonly plan: ImagePlan;
  /** From the Pod's spec. */
  readonly env: Readonly<Record<string, string>>;
  /** Folder of this attempt. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/** Turns an image's plan and a container's spec into what an isolation level starts. Writes the attempt's small files. */
export function containerLaunch(input: LaunchInput): ContainerLaunch {
  const { context, container, plan, directory } = input;
  const { pod, addresses, volumes } = context;
  const hostname = pod.spec.hostname ?? pod.metadata.name.slice(0, 63);
  // An allow list, never the server's own environment.
  const defaults = { PATH: defaultPath, HOME: "/root", LANG: "C.UTF-8", HOSTNAME: hostname };
  const merged: Record<string, string> = { ...defaults, ...plan.env, ...input.env };
  const tools = plan.tools?.({ ip: addresses.podIp }) ?? {};
  if (Object.keys(tools).length > 0) merged["PATH"] = `${toolsFolder}:${merged["PATH"] ?? defaultPath}`;
  const given = commandOf(container, plan, input.env);
  const { argv, env } = plan.adapt?.({ argv: given, env: merged }, { ip: addresses.podIp }) ?? {
    argv: given,
    env: merged,
  };
  const specMounts = volumeMounts({
    ...{ container, volumes: pod.spec.volumes ?? [], folders: volumes, env: input.env, directory },
  });
  return {
    directory,
    hostname,
    podIp: addresses.podIp,
    hostAliases: (pod.spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => ({ ip, hostnames })),
    argv,
    env,
    workingDirectory: container.workingDir ?? (plan.workingDirectory === "" ? "/" : plan.workingDirectory),
    mounts: [...specMounts, ...imageMounts(input, specMounts)],
    tools,
    runAs: runAs(input),
    readOnlyRoot: container.securityContext?.readOnlyRootFilesystem === true,
    stdin: container.stdin === true,
    signal: input.signal,
  };
}

/** Kubernetes' rule: `command` replaces the image's entrypoint and drops its command, `args` replaces its command. */
function commandOf(container: Container, plan: ImagePlan, env: Readonly<Record<string, string>>): string[] {
  const own = container.command !== undefined && container.command.length > 0;
  const entrypoint = own ? (container.command ?? []) : plan.entrypoint;
  const hasArgs = container.args !== undefined && container.args.length > 0;
  const args = hasArgs ? (container.args ?? []) : own ? [] : plan.command;
  return [...entrypoint, ...args].map((word) => expandVariables(word, env));
}

function imageMounts({ context, container, plan, directory }: LaunchInput, taken: readonly Mount[]): Mount[] {
  const mounts: Mount[] = Object.entries(plan.files).map(([containerPath, hostPath]) => ({
    containerPath,
    hostPath,
    readOnly: true,
  }));
  for (const [index, containerPath] of (plan.volumes ?? []).entries()) {
    const hostPath = join(context.directory, "image-volumes", container.name, String(index));
    mkdirSync(hostPath, { recursive: true });
    chmodSync(hostPath, 0o777);
    mounts.push({ containerPath, hostPath, readOnly: false });
  }
  const message = join(directory, "termination-log");
  writeFileSync(message, "");
  chmodSync(message, 0o666);
  mounts.push({ containerPath: terminationMessagePath(container), hostPath: message, readOnly: false });
  return mounts.filter(({ containerPath }) => !taken.some((mount) => mount.containerPath === containerPath));
}

export function terminationMessagePath(container: Container): string {
  return container.terminationMessagePath ?? "/dev/termination-log";
}

/** The container's user, when the server may become another one. Without it processes run as the server's user. */
function runAs({ context, container }: LaunchInput): RunAs | undefined {
  const { services, pod } = context;
  const { fsGroup, supplementalGroups = [], ...podLevel } = pod.spec.securityContext ?? {};
  const { runAsUser, runAsGroup } = { ...podLevel, ...container.securityContext };
  if (services.uid !== 0 || runAsUser === undefined) return undefined;
  return {
    uid: runAsUser,
    gid: runAsGroup ?? 0,
    groups: [...(fsGroup === undefined ? [] : [fsGroup]), ...supplementalGroups],
  };
}
