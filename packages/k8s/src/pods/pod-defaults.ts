import type { V1Container, V1Pod, V1PodSpec, V1Toleration } from "@kubernetes/client-node";

/** What {@link podDefaults} cannot know by itself. */
export interface PodDefaults {
  /** Numeric user of the processes, not 0. Default: the image's, which must then be a number other than 0. */
  readonly runAsUser?: number;
  /** Default: the same number as the user. */
  readonly runAsGroup?: number;
  /** Group that volumes belong to. Default: none. */
  readonly fsGroup?: number;
  /** Memory request and limit of containers that state no resources, in MiB. */
  readonly memoryMib?: number;
  /** CPU request of those containers, in thousandths. Without a limit: idle CPU may be used. */
  readonly cpuMillis?: number;
  /** Seconds that the containers get to end. Default 2. */
  readonly terminationGracePeriodSeconds?: number;
  /** Seconds after which the cluster ends the Pod, whatever happens: the last resort against leaks. Default: none. */
  readonly activeDeadlineSeconds?: number;
  /**
   * Seconds after which Kubernetes gives the Pod up when its node does not answer or is not ready, so that another can be made
   * elsewhere. Default: the cluster's, which is 300.
   */
  readonly nodeLossSeconds?: number;
}

/**
 * The Pod with everything that Pod Security `restricted` asks for, no service account token, no service links, and resources. Pure;
 * what the Pod already says stays as it is.
 */
export function podDefaults(pod: V1Pod, defaults: PodDefaults = {}): V1Pod {
  const { runAsUser, runAsGroup = runAsUser, fsGroup, activeDeadlineSeconds, nodeLossSeconds, ...rest } = defaults;
  const { securityContext, containers = [], initContainers, ...spec } = pod.spec ?? ({} as Partial<V1PodSpec>);
  return {
    ...pod,
    spec: {
      restartPolicy: "Never",
      enableServiceLinks: false,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: rest.terminationGracePeriodSeconds ?? 2,
      ...(activeDeadlineSeconds !== undefined && { activeDeadlineSeconds }),
      ...(nodeLossSeconds !== undefined && { tolerations: lostNodeTolerations(nodeLossSeconds) }),
      ...spec,
      securityContext: {
        runAsNonRoot: true,
        ...(runAsUser !== undefined && { runAsUser, runAsGroup }),
        ...(fsGroup !== undefined && { fsGroup }),
        seccompProfile: { type: "RuntimeDefault" },
        ...securityContext,
      },
      ...(initContainers !== undefined && {
        initContainers: initContainers.map((container) => containerDefaults(container, rest)),
      }),
      containers: containers.map((container) => containerDefaults(container, rest)),
    },
  };
}

function lostNodeTolerations(tolerationSeconds: number): V1Toleration[] {
  return ["not-ready", "unreachable"].map((taint) => ({
    key: `node.kubernetes.io/${taint}`,
    operator: "Exists",
    effect: "NoExecute",
    tolerationSeconds,
  }));
}

function containerDefaults(container: V1Container, { memoryMib, cpuMillis }: PodDefaults): V1Container {
  const memory = memoryMib === undefined ? {} : { memory: `${memoryMib}Mi` };
  const requests = { ...(cpuMillis !== undefined && { cpu: `${cpuMillis}m` }), ...memory };
  return {
    ...container,
    ...(container.resources === undefined &&
      Object.keys(requests).length > 0 && {
        resources: { requests, ...(memoryMib !== undefined && { limits: memory }) },
      }),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
      ...container.securityContext,
    },
  };
}
