import type { FunctionSpec } from "@fc/lambda/backend";
import type { V1Container } from "@kubernetes/client-node";
import { fromSecret, gateAddress, literal } from "./container-env.ts";
import { ownHosts } from "./hosts.ts";
import { extensionsName, type PodContext, tokenKey } from "./pod-context.ts";

/** What this container is scheduled with; the function's memory is its limit. */
const requests = { cpu: "10m", memory: "32Mi" };

/**
 * The container that runs the extensions of a container image, beside the function's own, which it resembles. The kubelet starts
 * containers in their order and waits for this one's hook: the runtime starts when all extensions have registered.
 */
export function extensionContainer(
  function_: V1Container,
  spec: FunctionSpec,
  secretName: string,
  context: PodContext & { readonly extensions: readonly string[] },
): V1Container {
  const { image, imagePullPolicy, env = [], volumeMounts = [] } = function_;
  const script = (...words: readonly string[]): string[] => [
    ...["/bin/bash", "-c", context.gates.extensions, "fc-extensions"],
    ...literal(words),
  ];
  return {
    name: extensionsName,
    ...(image === undefined ? {} : { image }),
    ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }),
    command: script("run", ...context.extensions),
    lifecycle: { postStart: { exec: { command: script("wait") } } },
    env: [...env, { name: "FC_GATE", value: gateAddress(context) }, fromSecret("FC_TOKEN", secretName, tokenKey)],
    resources: { requests, limits: { memory: `${spec.memorySizeMb}Mi` } },
    // The function's container starts beside it.
    volumeMounts: [...volumeMounts, ownHosts.mount()],
  };
}
