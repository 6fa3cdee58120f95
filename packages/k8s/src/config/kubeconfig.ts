/** A kubeconfig as its file has it (`kubectl config view`), as far as it is used here. */
export interface Kubeconfig {
  readonly clusters?: readonly { readonly name: string; readonly cluster: KubeconfigCluster }[];
  readonly users?: readonly { readonly name: string; readonly user: KubeconfigUser }[];
  readonly contexts?: readonly { readonly name: string; readonly context: KubeconfigContext }[];
  readonly "current-context"?: string;
}

export interface KubeconfigCluster {
  readonly server: string;
  readonly "certificate-authority"?: string;
  readonly "certificate-authority-data"?: string;
  readonly "tls-server-name"?: string;
  readonly "insecure-skip-tls-verify"?: boolean;
  readonly "proxy-url"?: string;
}

export interface KubeconfigUser {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly "client-certificate"?: string;
  readonly "client-certificate-data"?: string;
  readonly "client-key"?: string;
  readonly "client-key-data"?: string;
  readonly exec?: KubeconfigExec;
  readonly as?: string;
  readonly [other: string]: unknown;
}

/** A program that gives credentials (client.authentication.k8s.io). */
export interface KubeconfigExec {
  readonly apiVersion: string;
  readonly command: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly installHint?: string;
  readonly provideClusterInfo?: boolean;
  readonly interactiveMode?: string;
}

export interface KubeconfigContext {
  readonly cluster: string;
  readonly user: string;
  readonly namespace?: string;
}

/** What one context of a kubeconfig names. */
export interface ResolvedContext {
  readonly cluster: KubeconfigCluster;
  readonly user: KubeconfigUser;
  readonly namespace: string | undefined;
}

/** Merges as kubectl does: of equal names, and of the current contexts, the first one holds. */
export function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  const current = configs.map((config) => config["current-context"]).find((name) => (name ?? "") !== "");
  return {
    clusters: configs.flatMap(({ clusters }) => clusters ?? []),
    users: configs.flatMap(({ users }) => users ?? []),
    contexts: configs.flatMap(({ contexts }) => contexts ?? []),
    ...(current !== undefined && { "current-context": current }),
  };
}

/** @throws Error that says what `source` lacks */
export function resolveContext(config: Kubeconfig, source: string, wanted: string | undefined): ResolvedContext {
  const name = wanted ?? config["current-context"] ?? "";
  if (name === "") throw new Error(`${source} has no current-context; it has ${namesOf(config.contexts)}`);
  const context = entryOf(config.contexts, name, "context", source).context;
  const { cluster } = entryOf(config.clusters, context.cluster, "cluster", source);
  const { user } = entryOf(config.users, context.user, "user", source);
  if (!/^https?:$/.test(URL.parse(cluster?.server ?? "")?.protocol ?? ""))
    throw new Error(
      `${source}: the server of cluster "${context.cluster}" is no http or https URL: "${cluster?.server}"`,
    );
  const unknown = ["as-groups", "as-uid", "as-user-extra"].find((member) => user?.[member] != null);
  if (unknown !== undefined) throw new Error(`${source}: "${unknown}" of user "${context.user}" is not supported`);
  return { cluster, user: user ?? {}, namespace: context.namespace || undefined };
}

function entryOf<T extends { readonly name: string }>(
  entries: readonly T[] | undefined,
  name: string,
  kind: string,
  source: string,
): T {
  const found = entries?.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`${source} has no ${kind} "${name}"; it has ${namesOf(entries)}`);
  return found;
}

function namesOf(entries: readonly { readonly name: string }[] | undefined): string {
  return entries?.map(({ name }) => name).join(", ") || "none";
}
