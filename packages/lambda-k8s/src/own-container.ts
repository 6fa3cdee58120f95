import type { FunctionSpec } from "@fc/lambda/backend";
import type { V1Container, V1EnvVar, V1PodSpec, V1VolumeMount } from "@kubernetes/client-node";
import { fromSecret, gateAddress, literal, runtimeApiName } from "./container-env.ts";
import { extensionContainer } from "./extension-container.ts";
import { functionImage } from "./function-image.ts";
import { containerName, type PodContext, tokenKey, variableKey } from "./pod-context.ts";
import { runtimeImage } from "./runtime-image.ts";
import type { Transport } from "./transport.ts";
import { authorityMounts, authorityVariables } from "./trusted-authorities.ts";

/** Where AWS's base images have the Runtime Interface Emulator. */
const emulator = "/usr/local/bin/aws-lambda-rie";

/**
 * The containers of a function whose image starts by its own entry point. A zip's code is fetched by an init container first, a
 * container image has it.
 */
export function ownContainers(
  spec: FunctionSpec,
  secretName: string,
  transport: Exclude<Transport, "gate">,
  context: PodContext,
): Pick<V1PodSpec, "containers" | "initContainers"> {
  const { settings, ecr, variables = [] } = context;
  const shared = { image: functionImage(spec, settings, ecr), imagePullPolicy: settings.imagePullPolicy };
  const container: V1Container = {
    ...shared,
    name: containerName,
    ...(spec.image === undefined ? emulatedRuntime(spec) : imageCommand(spec.image)),
    env: [
      ...variables.map((name) => fromSecret(name, secretName, variableKey(name))),
      ...Object.entries(protocolVariables(spec, transport, context)).map(([name, value]) => ({ name, value })),
      ...authorityVariables(settings, variables),
    ],
    volumeMounts: [...mounts(spec, context), ...authorityMounts(settings)],
  };
  const { extensions = [] } = context;
  if (spec.image !== undefined && extensions.length > 0)
    return { containers: [extensionContainer(container, spec, secretName, { ...context, extensions }), container] };
  if (spec.image !== undefined) return { containers: [container] };
  const fetch: V1Container = {
    ...shared,
    name: "fetch",
    command: ["/bin/bash", "-c", context.gates.shell, "fc-gate"],
    env: fetchVariables(secretName, context),
    volumeMounts: mounts(spec, context),
  };
  return { initContainers: [fetch], containers: [container] };
}

/** A base image's entry point takes the handler. Where the function brings the runtime, the emulator finds its bootstrap. */
function emulatedRuntime(spec: FunctionSpec): Pick<V1Container, "command" | "args" | "workingDir"> {
  const { entry } = runtimeImage(spec.runtime, spec.environment);
  return {
    ...(entry === "bootstrap" ? { command: [emulator] } : { args: literal([spec.handler]) }),
    workingDir: "/var/task",
  };
}

function imageCommand(image: NonNullable<FunctionSpec["image"]>): Pick<V1Container, "command" | "args" | "workingDir"> {
  const { entryPoint, command, workingDirectory } = image;
  return {
    ...(entryPoint === undefined ? {} : { command: literal(entryPoint) }),
    ...(command === undefined ? {} : { args: literal(command) }),
    ...(workingDirectory === undefined ? {} : { workingDir: workingDirectory }),
  };
}

/** Base images start the emulator when they are given no Runtime API. */
function protocolVariables(
  spec: FunctionSpec,
  transport: Exclude<Transport, "gate">,
  context: PodContext,
): Record<string, string> {
  return transport === "rie"
    ? { AWS_LAMBDA_FUNCTION_TIMEOUT: String(spec.timeoutSeconds) }
    : { AWS_LAMBDA_RUNTIME_API: runtimeApiName(context) };
}

function fetchVariables(secretName: string, context: PodContext): V1EnvVar[] {
  const values = { FC_GATE: gateAddress(context), FC_TASK: "/var/task", FC_OPT: "/opt", FC_ENTRY: "none" };
  return [
    ...Object.entries(values).map(([name, value]) => ({ name, value })),
    fromSecret("FC_TOKEN", secretName, tokenKey),
  ];
}

/** Of a container image only `/tmp` can be written, as on AWS. */
function mounts({ image }: FunctionSpec, { hasLayers }: PodContext): V1VolumeMount[] {
  return [
    ...(image === undefined ? [{ name: "task", mountPath: "/var/task" }] : []),
    { name: "tmp", mountPath: "/tmp" },
    ...(hasLayers && image === undefined ? [{ name: "opt", mountPath: "/opt" }] : []),
  ];
}
