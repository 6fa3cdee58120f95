import { randomUUID } from "node:crypto";
import type { KubernetesObject, V1ConfigMap, V1ObjectMeta, V1Pod, V1Secret, V1Service } from "@kubernetes/client-node";
import type { CallOptions, RemoveOptions } from "../../client/resource-client.ts";
import type { Bench } from "../bench.ts";

/** The verbs that every kind has. */
export interface Verbs<T extends KubernetesObject> {
  /** A new object with these labels. */
  readonly make: (labels: Readonly<Record<string, string>>) => T;
  readonly create: (object: T) => Promise<T>;
  readonly get: (name: string, options?: CallOptions) => Promise<T | undefined>;
  readonly list: (selector: string) => Promise<T[]>;
  readonly remove: (name: string, options?: RemoveOptions) => Promise<void>;
  /** What is kept of the object besides its metadata. */
  readonly content: (object: T) => unknown;
}

export function podVerbs({ client, box }: Bench): Verbs<V1Pod> {
  return {
    make: (labels) => box("sleep 1000", { labels }),
    create: (pod) => client.createPod(pod),
    get: (name, options) => client.getPod(name, options),
    list: (selector) => client.listPods(selector),
    remove: (name, options) => client.deletePod(name, options),
    content: ({ spec }) => spec?.containers[0]?.command,
  };
}

export function secretVerbs({ client }: Pick<Bench, "client">): Verbs<V1Secret> {
  return {
    make: (labels) => ({
      metadata: metaOf(client, labels),
      data: { bytes: Buffer.from([0, 255, 10]).toString("base64") },
    }),
    create: (secret) => client.createSecret(secret),
    get: (name, options) => client.getSecret(name, options),
    list: (selector) => client.listSecrets(selector),
    remove: (name, options) => client.deleteSecret(name, options),
    content: ({ data }) => data,
  };
}

export function configMapVerbs({ client }: Pick<Bench, "client">): Verbs<V1ConfigMap> {
  return {
    make: (labels) => ({ metadata: metaOf(client, labels), data: { text: "line 1\nzwölf €\n" } }),
    create: (configMap) => client.createConfigMap(configMap),
    get: (name, options) => client.getConfigMap(name, options),
    list: (selector) => client.listConfigMaps(selector),
    remove: (name, options) => client.deleteConfigMap(name, options),
    content: ({ data }) => data,
  };
}

export function serviceVerbs({ client }: Pick<Bench, "client">): Verbs<V1Service> {
  return {
    make: (labels) => ({
      metadata: metaOf(client, labels),
      spec: { selector: { app: "one" }, ports: [{ port: 80, targetPort: 8080 }] },
    }),
    create: (service) => client.createService(service),
    get: (name, options) => client.getService(name, options),
    list: (selector) => client.listServices(selector),
    remove: (name, options) => client.deleteService(name, options),
    content: ({ spec }) => [spec?.selector, spec?.ports?.map(({ port, targetPort }) => [port, targetPort])],
  };
}

function metaOf(client: Bench["client"], labels: Readonly<Record<string, string>>): V1ObjectMeta {
  return client.owned({ name: `o${randomUUID()}`, labels: { ...labels } }, "process", "lambda");
}
