import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { Kubectl } from "../kubectl.ts";

/** What a check of the suite works with: a kubectl in a namespace of its own in which a Pod `web` runs. */
export interface World {
  readonly kubectl: Kubectl;
  readonly namespace: string;
  /** For files. */
  readonly directory: string;
}

/** One of the things that kubectl has to be able to do. Checks share nothing but the Pod `web`, which none of them ends. */
export interface Check {
  readonly title: string;
  readonly run: (world: World) => Promise<void>;
}

export interface WorldOptions {
  /** Path of the kubectl. */
  readonly program: string;
  /** The cluster's own kubeconfig. */
  readonly kubeconfig: string;
  /** Which of its contexts; default: the current one. */
  readonly context?: string;
  readonly namespace: string;
  readonly directory: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Makes the namespace, and the Pod that the checks look at. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const { program, namespace, directory, env = {} } = options;
  await mkdir(directory, { recursive: true });
  const kubeconfig = join(directory, "kubeconfig");
  await writeFile(kubeconfig, await inNamespace(options), { mode: 0o600 });
  const kubectl = new Kubectl({ program, kubeconfig, home: directory, env });
  await kubectl.ok(["create", "namespace", namespace]);
  const web = pod("web", "echo first; echo second; exec sleep 1000");
  await kubectl.ok(["apply", "-f", "-"], web);
  await kubectl.ok(["wait", "--for=condition=Ready", "pod/web", "--timeout=40s"]);
  return { kubectl, namespace, directory };
}

async function inNamespace({ kubeconfig, context, namespace }: WorldOptions): Promise<string> {
  const config = parse(await readFile(kubeconfig, "utf8")) as {
    contexts: { name: string; context: { namespace?: string } }[];
    "current-context": string;
  };
  if (context !== undefined) config["current-context"] = context;
  for (const entry of config.contexts) entry.context.namespace = namespace;
  return stringify(config);
}

/** The manifest of a Pod that runs a shell script and stops at once when told to. */
export function pod(name: string, script: string, container: Readonly<Record<string, unknown>> = {}): string {
  const command = ["sh", "-c", script];
  return JSON.stringify({
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name, labels: { app: name } } },
    spec: {
      ...{ terminationGracePeriodSeconds: 1, restartPolicy: "Never" },
      containers: [{ name: "main", image: "busybox:1.36", command, ...container }],
    },
  });
}

/** The manifest of a ConfigMap. */
export function configMap(name: string, data: Readonly<Record<string, string>>): string {
  return JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
}
