import { httpUrl, type Parser, readSettings, type SettingsTable } from "@fc/core";
import { ownNamespace } from "./config/own-namespace.ts";
import { isDnsLabel, isDnsSubdomain } from "./pod-config/syntax.ts";

/** What the Kubernetes backends need to know of the server's surroundings. */
export interface K8sEnvironment {
  /** The server's base URL as Pods reach it, without trailing slash. */
  readonly selfUrl: string;
  readonly selfHost: string;
  readonly namespace: string;
  /** The container registry of the emulated ECR, as the nodes reach it. */
  readonly ecrHost: string;
  readonly ecrPort: number;
  /** Whether `FAKECLOUD_K8S_ECR_URL` names the registry: else host and port are the server's, which may have none. */
  readonly hasOwnEcr: boolean;
  /** Name of a Secret of type `kubernetes.io/dockerconfigjson` in the namespace. */
  readonly pullSecret?: string;
}

/** The values behind {@link K8sEnvironment}, as they are written. */
export interface K8sSettings {
  readonly selfUrl: SelfUrl;
  readonly namespace?: string;
  readonly ecrUrl?: { readonly host: string; readonly port?: number };
  readonly pullSecret?: string;
}

/** A URL that remembers whether its port was written. */
export interface SelfUrl {
  readonly url: string;
  readonly host: string;
  readonly port?: number;
}

const selfUrl: Parser<SelfUrl> = Object.assign(
  (text: string): SelfUrl => {
    const url = httpUrl(text);
    // URL drops a default port, but ":80" in the setting means port 80 and not the server's own.
    const port = /^[a-z]+:\/\/[^/?#]*:(\d+)(?:[/?#]|$)/i.exec(text.trim())?.[1];
    const host = hostOf(new URL(url).hostname);
    return { url, host, ...(port !== undefined && { port: Number(port) }) };
  },
  { expected: httpUrl.expected },
);

const registry: Parser<{ readonly host: string; readonly port?: number }> = Object.assign(
  (text: string): { readonly host: string; readonly port?: number } => {
    const match = /^(?:https?:\/\/)?(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?\/?$/.exec(text.trim());
    const port = match?.[2] === undefined ? undefined : Number(match[2]);
    if (match?.[1] === undefined || (port !== undefined && (port < 1 || port > 65_535)))
      throw new Error(registry.expected);
    return { host: hostOf(match[1]), ...(port !== undefined && { port }) };
  },
  { expected: "host:port of a container registry, for example registry.example:5000" },
);

function named(check: (text: string) => boolean, expected: string): Parser<string> {
  return Object.assign(
    (text: string): string => {
      if (!check(text.trim())) throw new Error(expected);
      return text.trim();
    },
    { expected },
  );
}

/** The settings `FAKECLOUD_K8S_*` that {@link K8sEnv.fromEnv} reads. */
export const k8sSettings: SettingsTable<K8sSettings> = {
  selfUrl: {
    name: "FAKECLOUD_K8S_SELF_URL",
    parse: selfUrl,
    required: true,
    doc: "Base URL of this server as Pods reach it. An http URL without a port means the port that the server listens on.",
  },
  namespace: {
    name: "FAKECLOUD_K8S_NAMESPACE",
    parse: named(isDnsLabel, "a namespace name: at most 63 lower-case letters, digits and -"),
    blank: "unset",
    doc: "Namespace for everything that is created. Default: in a Pod its own, else `default`.",
  },
  ecrUrl: {
    name: "FAKECLOUD_K8S_ECR_URL",
    parse: registry,
    doc: "Registry that stands in for ECR, as the nodes reach it; by default host and port of FAKECLOUD_K8S_SELF_URL.",
  },
  pullSecret: {
    name: "FAKECLOUD_K8S_PULL_SECRET",
    parse: named(isDnsSubdomain, "the name of one Secret"),
    blank: "unset",
    doc: "Image pull Secret for every Pod.",
  },
};

/**
 * Reads the server's surroundings.
 * @param defaultPort the server's bound port: what FAKECLOUD_K8S_SELF_URL and the registry mean when they name none.
 * @param options where a Pod's service account is mounted, when that is elsewhere.
 * @throws SettingsError `FC_CONFIG_INVALID` with every problem.
 */
function fromEnv(
  defaultPort: number,
  environment: Readonly<Record<string, string | undefined>>,
  options: { readonly serviceAccountDirectory?: string } = {},
): K8sEnvironment {
  const settings = readSettings(k8sSettings, { environment });
  return {
    selfUrl: withPort(settings.selfUrl, defaultPort),
    selfHost: settings.selfUrl.host,
    namespace: settings.namespace ?? ownNamespace(environment, options.serviceAccountDirectory) ?? "default",
    ecrHost: settings.ecrUrl?.host ?? settings.selfUrl.host,
    ecrPort:
      settings.ecrUrl === undefined ? (settings.selfUrl.port ?? defaultPort) : (settings.ecrUrl.port ?? defaultPort),
    hasOwnEcr: settings.ecrUrl !== undefined,
    ...(settings.pullSecret !== undefined && { pullSecret: settings.pullSecret }),
  };
}

/** An http URL without a port means the server's own: Pods would otherwise call port 80, where nothing listens. */
function withPort({ url, port }: SelfUrl, defaultPort: number): string {
  if (port !== undefined || !url.startsWith("http:")) return url;
  const completed = new URL(url);
  completed.port = String(defaultPort);
  return completed.href.replace(/\/+$/, "");
}

function hostOf(text: string): string {
  return text.replace(/^\[|\]$/g, "");
}

/** The surroundings from the environment. */
export const K8sEnv: {
  fromEnv(
    defaultPort: number,
    environment: Readonly<Record<string, string | undefined>>,
    options?: { readonly serviceAccountDirectory?: string },
  ): K8sEnvironment;
} = { fromEnv };
