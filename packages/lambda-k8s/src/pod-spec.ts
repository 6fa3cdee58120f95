import { createHash } from "node:crypto";
import { K8sPodConfig, labels, names, podDefaults } from "@fc/k8s";
import type { FunctionSpec } from "@fc/lambda/backend";
import type { V1Container, V1EnvVar, V1Pod } from "@kubernetes/client-node";
import type { GateSources } from "./gate-sources.ts";
import { type RuntimeImage, runtimeImage } from "./runtime-image.ts";
import type { LambdaK8sSettings } from "./settings.ts";

/** Name of the one container. */
export const containerName = "function";
/** Key of the gate token in the environment's Secret. */
export const tokenKey = "token";
/** AWS's ratio: 1769 MB is one CPU. A tenth of that is requested, so that small clusters take many functions. */
const memoryPerCpuMb = 1_769;
const requestedShare = 0.1;
const minimalMilliCpu = 10;

/** What a Pod needs to know beside the function. */
export interface PodContext {
  /** Of the environment, unique; its Runtime API host name is `<id>.rt`. */
  readonly environmentId: string;
  readonly hostName: string;
  /** The Runtime API as Pods reach it. */
  readonly runtimeApi: { readonly ip: string; readonly port: number };
  readonly hasLayers: boolean;
  readonly gates: GateSources;
  readonly settings: LambdaK8sSettings;
  /** The operator's; what the function's own tags say goes over it. */
  readonly podConfig?: K8sPodConfig | undefined;
  readonly pullSecret?: string | undefined;
}

/**
 * The Pod of one execution environment; pure. One container, no init container, admissible under Pod Security `restricted`. The
 * Secret with the gate token has the Pod's name.
 * @throws BackendError `FC_LAMBDA_RUNTIME_UNSUPPORTED`
 */
export function buildPodSpec(spec: FunctionSpec, deployId: string, context: PodContext): V1Pod {
  const name = names.podName("fakecloud-lambda", spec.functionName, context.environmentId);
  return podOf(spec, { name, labels: functionLabels(spec, deployId) }, context);
}

/** The same Pod while it waits for a function of its kind. */
export function buildPoolPodSpec(spec: FunctionSpec, context: PodContext): V1Pod {
  const name = names.podName("fakecloud-lambda", spec.runtime, context.environmentId);
  return podOf(spec, { name, labels: { [labels.lambdaPool]: podKind(spec, context) } }, context);
}

/**
 * Names what functions must have in common to run in each other's Pods: a hash over the Pod without anything of its own. Image,
 * memory, architecture, gate, settings, Pod configuration: whatever shapes the Pod tells kinds apart, and nothing else does.
 */
export function podKind(spec: FunctionSpec, context: PodContext): string {
  const pod = podOf(spec, { name: "kind", labels: {} }, { ...context, environmentId: "", hostName: "" });
  return createHash("sha256").update(JSON.stringify(pod)).digest("hex").slice(0, 16);
}

/** The labels by which `kubectl` finds a function's Pods. */
export function functionLabels(spec: FunctionSpec, deployId: string): Record<string, string> {
  return {
    [labels.lambda]: names.labelSafe(spec.functionName),
    [labels.deployId]: names.labelSafe(deployId.slice(0, 40)),
  };
}

function podOf(
  spec: FunctionSpec,
  metadata: { readonly name: string; readonly labels: Record<string, string> },
  context: PodContext,
): V1Pod {
  const { settings } = context;
  const runtime = runtimeImage(spec.runtime, spec.environment);
  const pod: V1Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec: {
      nodeSelector: { "kubernetes.io/arch": spec.architecture === "arm64" ? "arm64" : "amd64" },
      hostAliases: [{ ip: context.runtimeApi.ip, hostnames: [context.hostName] }],
      ...(context.pullSecret === undefined ? {} : { imagePullSecrets: [{ name: context.pullSecret }] }),
      volumes: [
        { name: "task", emptyDir: {} },
        // On disk: in memory it would count against the function's memory limit.
        { name: "tmp", emptyDir: { sizeLimit: `${spec.ephemeralStorageMb}Mi` } },
        ...(context.hasLayers ? [{ name: "opt", emptyDir: {} }] : []),
      ],
      containers: [container(spec, metadata.name, runtime, context)],
    },
  };
  const fromTags = K8sPodConfig.fromTags(spec.tags);
  const complete = podDefaults(pod, {
    runAsUser: settings.runAsUser,
    runAsGroup: settings.runAsGroup,
    fsGroup: settings.runAsGroup,
    memoryMib: spec.memorySizeMb,
    cpuMillis: Math.max(minimalMilliCpu, Math.round((spec.memorySizeMb / memoryPerCpuMb) * 1_000 * requestedShare)),
    terminationGracePeriodSeconds: 1,
    activeDeadlineSeconds: settings.maxLifetimeSeconds,
  });
  return (context.podConfig?.merge(fromTags) ?? fromTags).apply(complete);
}

function container(spec: FunctionSpec, secretName: string, runtime: RuntimeImage, context: PodContext): V1Container {
  const { settings, gates } = context;
  return {
    name: containerName,
    image: settings.images[spec.runtime] ?? `${settings.imageRegistry}/${runtime.image}`,
    imagePullPolicy: settings.imagePullPolicy,
    command: ["/bin/bash", "-c", gates.supervisor, "fc-supervisor", "/lambda-entrypoint.sh"],
    workingDir: "/var/task",
    env: containerEnv(spec, secretName, runtime, context),
    volumeMounts: [
      { name: "task", mountPath: "/var/task" },
      { name: "tmp", mountPath: "/tmp" },
      ...(context.hasLayers ? [{ name: "opt", mountPath: "/opt" }] : []),
    ],
  };
}

/** What the supervisor and its gate need. The function's own environment comes through the gate. */
function containerEnv(spec: FunctionSpec, secretName: string, runtime: RuntimeImage, context: PodContext): V1EnvVar[] {
  const { ip, port } = context.runtimeApi;
  const values: Record<string, string> = {
    AWS_LAMBDA_RUNTIME_API: `${context.hostName}:${port}`,
    // The Node image sizes its heap by it when it starts.
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memorySizeMb),
    FC_GATE: `${ip.includes(":") ? `[${ip}]` : ip}:${port}`,
    FC_KIND: runtime.gate,
    FC_ENTRY: runtime.entry,
    // Values, so that they can be mapped where a Pod has no root of its own.
    FC_TASK: "/var/task",
    FC_TMP: "/tmp",
    FC_OPT: "/opt",
    ...(runtime.gate === "node"
      ? { NODE_OPTIONS: `--import data:text/javascript;base64,${Buffer.from(context.gates.node).toString("base64")}` }
      : { FC_SOURCE: runtime.gate === "python" ? context.gates.python : context.gates.shell }),
  };
  return [
    ...Object.entries(values).map(([name, value]) => ({ name, value })),
    { name: "FC_TOKEN", valueFrom: { secretKeyRef: { name: secretName, key: tokenKey } } },
  ];
}
