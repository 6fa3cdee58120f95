import { randomUUID } from "node:crypto";
import type { KubernetesObject, V1DeleteOptions } from "@kubernetes/client-node";
import { KubernetesError } from "../errors/kubernetes-error.ts";
import type { ClientNode } from "../transport/generated-apis.ts";
import type { HttpTransport } from "../transport/http-transport.ts";

/** Where a kind of object lives and what client-node calls its type. */
export interface ResourceKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly type: string;
}

type KindName = "pod" | "secret" | "service" | "configMap" | "volumeClaim" | "event" | "lease";

export const resourceKinds: Readonly<Record<KindName, ResourceKind>> = {
  pod: { apiVersion: "v1", kind: "Pod", plural: "pods", type: "V1Pod" },
  secret: { apiVersion: "v1", kind: "Secret", plural: "secrets", type: "V1Secret" },
  service: { apiVersion: "v1", kind: "Service", plural: "services", type: "V1Service" },
  configMap: { apiVersion: "v1", kind: "ConfigMap", plural: "configmaps", type: "V1ConfigMap" },
  volumeClaim: {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    plural: "persistentvolumeclaims",
    type: "V1PersistentVolumeClaim",
  },
  event: { apiVersion: "v1", kind: "Event", plural: "events", type: "CoreV1Event" },
  lease: { apiVersion: "coordination.k8s.io/v1", kind: "Lease", plural: "leases", type: "V1Lease" },
};

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface RemoveOptions extends CallOptions {
  /** Removes only the object with this uid. */
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  /** Seconds that the containers get to end. Default: what the Pod says. */
  readonly gracePeriodSeconds?: number | undefined;
}

/** Tells a repeated create that the object is its own. */
const createIdAnnotation = "fakecloud-k8s/create-id";
const createTries = 3;
const pageLimit = 500;
const mostRestarts = 3;

/** The verbs of one kind in one namespace. */
export class ResourceClient<T extends KubernetesObject> {
  readonly #transport: HttpTransport;
  readonly #node: ClientNode;
  readonly #kind: ResourceKind;
  readonly #path: string;

  constructor(transport: HttpTransport, node: ClientNode, namespace: string, kind: ResourceKind) {
    this.#transport = transport;
    this.#node = node;
    this.#kind = kind;
    const root = kind.apiVersion === "v1" ? "/api/v1" : `/apis/${kind.apiVersion}`;
    this.#path = `${root}/namespaces/${encodeURIComponent(namespace)}/${kind.plural}`;
  }

  /** Path of the object, for its subresources. */
  path(name: string): string {
    return `${this.#path}/${encodeURIComponent(name)}`;
  }

  /** The collection's path. */
  get collectionPath(): string {
    return this.#path;
  }

  /**
   * Creates the object and never removes another one. When the answer is lost it asks again: an object that this very call
   * made is the answer.
   */
  async create(object: T, options: CallOptions = {}): Promise<T> {
    const createId = randomUUID();
    const { apiVersion, kind } = this.#kind;
    const annotations = { ...object.metadata?.annotations, [createIdAnnotation]: createId };
    const body = this.#encode({ ...object, apiVersion, kind, metadata: { ...object.metadata, annotations } });
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#send("POST", this.#path, { body, ...options });
      } catch (error) {
        if (!KubernetesError.is(error)) throw error;
        const name = object.metadata?.name;
        if (attempt > 1 && error.isAlreadyExists() && name !== undefined) {
          const existing = await this.get(name, options);
          if (existing?.metadata?.annotations?.[createIdAnnotation] === createId) return existing;
        }
        const lost = error.httpStatus === undefined || error.httpStatus >= 500;
        if (!lost || name === undefined || attempt >= createTries) throw error;
      }
    }
  }

  async get(name: string, options: CallOptions = {}): Promise<T | undefined> {
    try {
      return await this.#send("GET", this.path(name), options);
    } catch (error) {
      if (KubernetesError.is(error) && error.isNotFound()) return undefined;
      throw error;
    }
  }

  async list(labelSelector: string, options: CallOptions & { readonly fieldSelector?: string } = {}): Promise<T[]> {
    const fields = options.fieldSelector === undefined ? {} : { fieldSelector: options.fieldSelector };
    return (await this.listWithVersion({ labelSelector, ...fields }, options)).items;
  }

  /** All pages of a list. A continue token that grew too old starts the list again, a few times. */
  async listWithVersion(
    selectors: Readonly<Record<string, string>>,
    options: CallOptions = {},
  ): Promise<{ items: T[]; resourceVersion: string }> {
    const items: T[] = [];
    let token: string | undefined;
    for (let restarts = 0; ; ) {
      const query = new URLSearchParams({ ...selectors, limit: String(pageLimit), ...(token && { continue: token }) });
      try {
        const answer = await this.#transport.send({ method: "GET", path: `${this.#path}?${query}`, ...options });
        const page = JSON.parse(answer.body.toString("utf8")) as {
          items?: unknown[];
          metadata?: { continue?: string; resourceVersion?: string };
        };
        items.push(...(page.items ?? []).map((item) => this.decode(item)));
        token = page.metadata?.continue || undefined;
        if (token === undefined) return { items, resourceVersion: page.metadata?.resourceVersion ?? "" };
      } catch (error) {
        restarts += 1;
        if (token === undefined || restarts > mostRestarts || !KubernetesError.is(error) || !error.isGone())
          throw error;
        token = undefined;
        items.length = 0;
      }
    }
  }

  /** Replaces the object; its resourceVersion must be current. */
  replace(object: T, options: CallOptions = {}): Promise<T> {
    const { apiVersion, kind } = this.#kind;
    const body = this.#encode({ ...object, apiVersion, kind });
    return this.#send("PUT", this.path(object.metadata?.name ?? ""), { body, ...options });
  }

  mergePatch(name: string, patch: object, options: CallOptions = {}): Promise<T> {
    return this.#send("PATCH", this.path(name), {
      body: JSON.stringify(patch),
      contentType: "application/merge-patch+json",
      ...options,
    });
  }

  /** Removes the object. One that is absent, or is another one than the uid says, is fine. */
  async remove(name: string, options: RemoveOptions = {}): Promise<void> {
    try {
      await this.#remove(this.path(name), options);
    } catch (error) {
      if (!KubernetesError.is(error)) throw error;
      const otherUid = options.uid !== undefined && options.resourceVersion === undefined && error.isConflict();
      if (!error.isNotFound() && !otherUid) throw error;
    }
  }

  /** Removes the object only if uid and resourceVersion still are these; false when they are not. */
  async removeExactly(name: string, uid: string, resourceVersion: string, options: CallOptions = {}): Promise<boolean> {
    try {
      await this.#remove(this.path(name), { uid, resourceVersion, ...options });
      return true;
    } catch (error) {
      if (KubernetesError.is(error) && (error.isNotFound() || error.isConflict())) return false;
      throw error;
    }
  }

  /** Removes all objects with these labels, in one request. */
  async removeAll(
    labelSelector: string,
    options: Pick<RemoveOptions, "signal" | "gracePeriodSeconds"> = {},
  ): Promise<void> {
    await this.#remove(`${this.#path}?${new URLSearchParams({ labelSelector })}`, options);
  }

  /** An object from parsed JSON, with Dates where the type says so. */
  decode(value: unknown): T {
    return this.#node.ObjectSerializer.deserialize(value, this.#kind.type, "") as T;
  }

  #encode(object: T): string {
    return JSON.stringify(this.#node.ObjectSerializer.serialize(object, this.#kind.type, ""));
  }

  async #remove(path: string, options: RemoveOptions): Promise<void> {
    const { uid, resourceVersion, gracePeriodSeconds, signal } = options;
    // A server takes the options from the body alone when there is one.
    const body: V1DeleteOptions = {
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy: "Background",
      ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
      ...((uid !== undefined || resourceVersion !== undefined) && {
        preconditions: { ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }) },
      }),
    };
    const headers = { "Content-Type": "application/json" };
    await this.#transport.send({ method: "DELETE", path, headers, body: JSON.stringify(body), signal });
  }

  async #send(
    method: string,
    path: string,
    options: CallOptions & { readonly body?: string; readonly contentType?: string },
  ): Promise<T> {
    const { body, contentType = "application/json", signal } = options;
    const headers: Record<string, string> = body === undefined ? {} : { "Content-Type": contentType };
    const answer = await this.#transport.send({ method, path, headers, body, signal });
    return this.decode(JSON.parse(answer.body.toString("utf8")));
  }
}
