import { createHash } from "node:crypto";
import { K8sPodConfig, labels, names, podDefaults } from "@fc/k8s";
import type { FunctionSpec } from "@fc/lambda/backend";
import type { V1ObjectMeta, V1Pod, V1PodSpec } from "@kubernetes/client-node";
import { functionImage } from "./function-image.ts";
import { gateContainer } from "./gate-container.ts";
import { hostAliases, ownHosts } from "./hosts.ts";
import { tellExtensions } from "./image-extensions.ts";
import { ownContainers } from "./own-container.ts";
import { containerName, type PlacementContext, type PodContext } from "./pod-context.ts";
import { transportOf, transportTag } from "./transport.ts";
import { authorityVolumes } from "./trusted-authorities.ts";

/** AWS's ratio: 1769 MB is one CPU. A tenth of that is requested, so that small clusters take many functions. */
const memoryPerCpuMb = 1_769;
const requestedShare = 0.1;
const minimalMilliCpu = 10;
/** A launch whose Pod is lost with its node gets another one, and has two minutes for all of it by default. */
const nodeLossSeconds = 30;

/**
 * The Pod of one execution environment; pure. One container (and with the transport `rie`
 * one that fetches the code first), admissible under Pod Security `restricted`. The
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
 * A Pod whose node pulls the function's image, and that does nothing but tell which extensions the image has.
 * @param id makes its name unique
 */
export function buildPullPodSpec(spec: FunctionSpec, id: string, context: PlacementContext): V1Pod {
  const { settings, ecr } = context;
  const name = names.podName("fakecloud-lambda-pull", spec.functionName, id);
  const container = {
    name: containerName,
    image: functionImage(spec, settings, ecr),
    imagePullPolicy: settings.imagePullPolicy,
    command: [...tellExtensions],
  };
  return placed(spec, { name, labels: functionLabels(spec, spec.deployId) }, { containers: [container] }, context);
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
  const transport = transportOf(spec, settings);
  const containers =
    transport === "gate"
      ? { containers: [gateContainer(spec, metadata.name, context)] }
      : ownContainers(spec, metadata.name, transport, context);
  const hasExtensions = containers.containers.length > 1;
  const annotations = {
    // What `kubectl logs` shows.
    "kubectl.kubernetes.io/default-container": containerName,
    ...ownHosts.annotations(metadata.name, context),
  };
  return placed(
    spec,
    hasExtensions ? { ...metadata, annotations } : metadata,
    {
      hostAliases: hostAliases(context),
      volumes: [
        // Nothing may hide what an image brings.
        ...(spec.image === undefined ? [{ name: "task", emptyDir: {} }] : []),
        // On disk: in memory it would count against the function's memory limit.
        { name: "tmp", emptyDir: { sizeLimit: `${spec.ephemeralStorageMb}Mi` } },
        ...(context.hasLayers && spec.image === undefined ? [{ name: "opt", emptyDir: {} }] : []),
        ...(hasExtensions ? [ownHosts.volume()] : []),
        ...authorityVolumes(settings),
      ],
      ...containers,
    },
    context,
  );
}

/** The Pod with all that does not depend on how its function gets into it. */
function placed(spec: FunctionSpec, metadata: V1ObjectMeta, own: V1PodSpec, context: PlacementContext): V1Pod {
  const { settings, pullSecret, podConfig } = context;
  const pod: V1Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec: {
      nodeSelector: { "kubernetes.io/arch": spec.architecture === "arm64" ? "arm64" : "amd64" },
      ...(pullSecret === undefined ? {} : { imagePullSecrets: [{ name: pullSecret }] }),
      ...own,
    },
  };
  const { [transportTag]: _, ...tags } = spec.tags;
  const config = (podConfig ?? new K8sPodConfig()).withTags(tags);
  const complete = podDefaults(pod, {
    runAsUser: settings.runAsUser,
    runAsGroup: settings.runAsGroup,
    fsGroup: settings.runAsGroup,
    memoryMib: spec.memorySizeMb,
    cpuMillis: Math.max(minimalMilliCpu, Math.round((spec.memorySizeMb / memoryPerCpuMb) * 1_000 * requestedShare)),
    terminationGracePeriodSeconds: 1,
    activeDeadlineSeconds: settings.maxLifetimeSeconds,
    nodeLossSeconds,
  });
  return config.apply(complete);
}
