import type { FunctionSpec } from "@fc/lambda/backend";
import type { V1Container, V1EnvVar } from "@kubernetes/client-node";
import { fromSecret, gateAddress, runtimeApiName } from "./container-env.ts";
import { functionImage } from "./function-image.ts";
import { containerName, type PodContext, tokenKey } from "./pod-context.ts";
import { type RuntimeImage, runtimeImage } from "./runtime-image.ts";
import { authorityMounts, authorityVariables } from "./trusted-authorities.ts";

/** The container of a function that comes as a zip: a supervisor starts the runtime through a gate, which fetches the code. */
export function gateContainer(spec: FunctionSpec, secretName: string, context: PodContext): V1Container {
  const { settings, gates, ecr } = context;
  const runtime = runtimeImage(spec.runtime, spec.environment);
  return {
    name: containerName,
    image: functionImage(spec, settings, ecr),
    imagePullPolicy: settings.imagePullPolicy,
    command: ["/bin/bash", "-c", gates.supervisor, "fc-supervisor", "/lambda-entrypoint.sh"],
    workingDir: "/var/task",
    env: containerEnv(spec, secretName, runtime, context),
    volumeMounts: [
      { name: "task", mountPath: "/var/task" },
      { name: "tmp", mountPath: "/tmp" },
      ...(context.hasLayers ? [{ name: "opt", mountPath: "/opt" }] : []),
      ...authorityMounts(settings),
    ],
  };
}

/** What the supervisor and its gate need. The function's own environment comes through the gate. */
function containerEnv(spec: FunctionSpec, secretName: string, runtime: RuntimeImage, context: PodContext): V1EnvVar[] {
  const values: Record<string, string> = {
    AWS_LAMBDA_RUNTIME_API: runtimeApiName(context),
    // The Node image sizes its heap by it when it starts.
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memorySizeMb),
    FC_GATE: gateAddress(context),
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
    ...authorityVariables(context.settings),
    fromSecret("FC_TOKEN", secretName, tokenKey),
  ];
}
