import { randomUUID } from "node:crypto";
import { type Clock, errorText, type Logger, silentLogger, systemClock } from "@fc/core";
import type { FieldSelector } from "./field-selector.ts";
import { cloneJson, equalJson, freezeJson, type KubeObject, type ObjectMeta } from "./kube-object.ts";
import type { LabelSelector } from "./label-selector.ts";
import { type ResourceName, StatusError } from "./status-error.ts";
import { type StoreEvent, WatchHistory } from "./watch-history.ts";

export interface Selectors {
  readonly labels?: LabelSelector | undefined;
  readonly fields?: FieldSelector | undefined;
}

export interface RemoveOptions {
  /** Remove only the object with this uid; another one under the same name counts as absent. */
  readonly uid?: string | undefined;
}

/**
 * All objects of the cluster, in memory; every method is synchronous. A resource is named by its plural ("pods"), the
 * namespace of a cluster-scoped object is "". What goes in and out is a deep copy; only watch events and the peek
 * methods share the stored object, which is deeply frozen. Writes throw {@link StatusError}: NotFound, AlreadyExists, Conflict.
 */
export interface ObjectStore {
  /** The newest resourceVersion that was given out. */
  readonly resourceVersion: number;
  get<T extends KubeObject = KubeObject>(resource: string, namespace: string, name: string): T | undefined;
  /** Without a namespace (or with ""): of all namespaces. Sorted by namespace and name. */
  list<T extends KubeObject = KubeObject>(resource: string, namespace?: string, selectors?: Selectors): T[];
  /** As `get`, without the copy: frozen. */
  peek<T extends KubeObject = KubeObject>(resource: string, namespace: string, name: string): T | undefined;
  /** As `list`, without the copies: frozen objects. */
  peekList<T extends KubeObject = KubeObject>(resource: string, namespace?: string, selectors?: Selectors): T[];
  create<T extends KubeObject>(resource: string, object: T): T;
  /** Replaces all but the status. With a resourceVersion that is not the stored one: Conflict. Without: unconditional. */
  update<T extends KubeObject>(resource: string, object: T): T;
  /** Replaces the status only. Concurrency as in `update`. */
  updateStatus<T extends KubeObject>(resource: string, object: T): T;
  /** Reads, changes and writes in one step, status included; never a Conflict. Returns undefined when it is absent. */
  modify<T extends KubeObject = KubeObject>(
    resource: string,
    namespace: string,
    name: string,
    change: (draft: T) => void,
  ): T | undefined;
  /** Removes at once, whatever grace or finalizers say. Returns the last state, undefined when it was absent. */
  remove(resource: string, namespace: string, name: string, options?: RemoveOptions): KubeObject | undefined;
  /** Calls `listener` for every later change, in order. A change made by a listener is delivered after the current one. */
  watch<T extends KubeObject = KubeObject>(resource: string, listener: (event: StoreEvent<T>) => void): () => void;
  /** Changes after `resourceVersion`; undefined when they are no longer (or, being of another boot, never were) known. */
  eventsSince(resource: string, resourceVersion: number): readonly StoreEvent[] | undefined;
}

export interface ObjectStoreOptions {
  readonly resources: readonly ResourceName[];
  readonly clock?: Clock;
  readonly newUid?: () => string;
  /** Hears of listeners that throw; the others still get the event. */
  readonly logger?: Logger;
  /** How many events per resource are kept at least, at most twice as many, for watches that resume. Default 250: about twenty Pods' lives. */
  readonly historyLimit?: number;
}

interface Collection {
  readonly name: ResourceName;
  readonly objects: Map<string, KubeObject>;
  readonly history: WatchHistory;
  readonly listeners: Set<(event: StoreEvent) => void>;
}

/** RFC 3339 with whole seconds, as Kubernetes writes `metav1.Time`. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Makes an empty {@link ObjectStore}. Its versions start at the clock's milliseconds, so that no boot repeats another's. */
export function createObjectStore(options: ObjectStoreOptions): ObjectStore {
  return new MemoryObjectStore(options);
}

class MemoryObjectStore implements ObjectStore {
  readonly #clock: Clock;
  readonly #newUid: () => string;
  readonly #logger: Logger;
  readonly #collections = new Map<string, Collection>();
  readonly #queue: { event: StoreEvent; collection: Collection }[] = [];
  #delivering = false;
  #version: number;

  constructor(options: ObjectStoreOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#newUid = options.newUid ?? randomUUID;
    this.#logger = options.logger ?? silentLogger;
    this.#version = this.#clock.now();
    for (const name of options.resources) {
      const history = new WatchHistory(this.#version, options.historyLimit ?? 250);
      this.#collections.set(name.plural, { name, history, objects: new Map(), listeners: new Set() });
    }
  }

  get resourceVersion(): number {
    return this.#version;
  }

  peek<T extends KubeObject>(resource: string, namespace: string, name: string): T | undefined {
    return this.#collection(resource).objects.get(keyOf(namespace, name)) as T | undefined;
  }

  peekList<T extends KubeObject>(resource: string, namespace?: string, selectors: Selectors = {}): T[] {
    const found: [string, KubeObject][] = [];
    for (const [key, object] of this.#collection(resource).objects) {
      if (namespace !== undefined && namespace !== "" && object.metadata.namespace !== namespace) continue;
      if (selectors.labels?.(object.metadata.labels ?? {}) === false) continue;
      if (selectors.fields?.(object) === false) continue;
      found.push([key, object]);
    }
    found.sort(([a], [b]) => (a < b ? -1 : 1));
    return found.map(([, object]) => object as T);
  }

  get<T extends KubeObject>(resource: string, namespace: string, name: string): T | undefined {
    const object = this.peek<T>(resource, namespace, name);
    return object === undefined ? undefined : cloneJson(object);
  }

  list<T extends KubeObject>(resource: string, namespace?: string, selectors?: Selectors): T[] {
    return this.peekList<T>(resource, namespace, selectors).map(cloneJson);
  }

  create<T extends KubeObject>(resource: string, object: T): T {
    const collection = this.#collection(resource);
    const copy = cloneJson(object);
    const { name, namespace = "" } = copy.metadata;
    if (collection.objects.has(keyOf(namespace, name))) throw StatusError.alreadyExists(collection.name, name);
    copy.metadata.uid = this.#newUid();
    copy.metadata.creationTimestamp = timestamp(this.#clock.now());
    if (collection.name.hasGeneration === true) copy.metadata.generation = 1;
    else delete copy.metadata.generation;
    delete copy.metadata.deletionTimestamp;
    delete copy.metadata.deletionGracePeriodSeconds;
    return this.#write(collection, copy, undefined);
  }

  update<T extends KubeObject>(resource: string, object: T): T {
    const { collection, stored } = this.#checked(resource, object);
    const copy = cloneJson(object);
    copy.metadata = { ...copy.metadata, ...identityOf(stored.metadata) };
    if (stored["status"] === undefined) Reflect.deleteProperty(copy, "status");
    else Reflect.set(copy, "status", stored["status"]);
    return this.#writeIfChanged(collection, copy, stored);
  }

  updateStatus<T extends KubeObject>(resource: string, object: T): T {
    const { collection, stored } = this.#checked(resource, object);
    const copy: KubeObject = { ...stored, metadata: { ...stored.metadata }, status: cloneJson(object["status"]) };
    return this.#writeIfChanged(collection, copy as T, stored);
  }

  modify<T extends KubeObject>(
    resource: string,
    namespace: string,
    name: string,
    change: (draft: T) => void,
  ): T | undefined {
    const collection = this.#collection(resource);
    const stored = collection.objects.get(keyOf(namespace, name));
    if (stored === undefined) return undefined;
    const draft = cloneJson(stored) as T;
    change(draft);
    return this.#writeIfChanged(collection, draft, stored);
  }

  remove(resource: string, namespace: string, name: string, options: RemoveOptions = {}): KubeObject | undefined {
    const collection = this.#collection(resource);
    const key = keyOf(namespace, name);
    const stored = collection.objects.get(key);
    if (stored === undefined || (options.uid !== undefined && options.uid !== stored.metadata.uid)) return undefined;
    collection.objects.delete(key);
    this.#version += 1;
    const metadata = { ...stored.metadata, resourceVersion: String(this.#version) };
    const last = freezeJson({ ...stored, metadata });
    this.#deliver(collection, { type: "DELETED", object: last, previous: stored, resourceVersion: this.#version });
    return cloneJson(last);
  }

  watch<T extends KubeObject>(resource: string, listener: (event: StoreEvent<T>) => void): () => void {
    const { listeners } = this.#collection(resource);
    // A wrapper of its own, so that the same function can watch twice.
    const entry = (event: StoreEvent): void => listener(event as StoreEvent<T>);
    listeners.add(entry);
    return () => listeners.delete(entry);
  }

  eventsSince(resource: string, resourceVersion: number): readonly StoreEvent[] | undefined {
    if (resourceVersion > this.#version) return undefined;
    return this.#collection(resource).history.since(resourceVersion);
  }

  #collection(resource: string): Collection {
    const collection = this.#collections.get(resource);
    if (collection === undefined) throw StatusError.unknownPath();
    return collection;
  }

  #checked(resource: string, object: KubeObject): { collection: Collection; stored: KubeObject } {
    const collection = this.#collection(resource);
    const { name, namespace = "", resourceVersion, uid } = object.metadata;
    const stored = collection.objects.get(keyOf(namespace, name));
    if (stored === undefined) throw StatusError.notFound(collection.name, name);
    if (uid !== undefined && uid !== "" && uid !== stored.metadata.uid) {
      const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${stored.metadata.uid ?? ""}`;
      throw StatusError.conflict(collection.name, name, why);
    }
    const expected = resourceVersion ?? "";
    if (expected !== "" && expected !== stored.metadata.resourceVersion)
      throw StatusError.conflict(collection.name, name);
    return { collection, stored };
  }

  #writeIfChanged<T extends KubeObject>(collection: Collection, next: T, stored: KubeObject): T {
    next.metadata.resourceVersion = stored.metadata.resourceVersion ?? "";
    if (equalJson(next, stored)) return cloneJson(stored) as T;
    const counted = collection.name.hasGeneration === true && !equalJson(next["spec"], stored["spec"]);
    if (counted) next.metadata.generation = (stored.metadata.generation ?? 1) + 1;
    return this.#write(collection, next, stored);
  }

  #write<T extends KubeObject>(collection: Collection, next: T, previous: KubeObject | undefined): T {
    this.#version += 1;
    next.metadata.resourceVersion = String(this.#version);
    const object = freezeJson(next);
    collection.objects.set(keyOf(object.metadata.namespace ?? "", object.metadata.name), object);
    const resourceVersion = this.#version;
    const event: StoreEvent =
      previous === undefined
        ? { type: "ADDED", object, resourceVersion }
        : { type: "MODIFIED", object, previous, resourceVersion };
    this.#deliver(collection, event);
    return cloneJson(object);
  }

  #deliver(collection: Collection, event: StoreEvent): void {
    collection.history.push(event);
    this.#queue.push({ collection, event });
    if (this.#delivering) return;
    this.#delivering = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      for (const listener of [...next.collection.listeners]) this.#call(listener, next.event);
    }
    this.#delivering = false;
  }

  #call(listener: (event: StoreEvent) => void, event: StoreEvent): void {
    try {
      listener(event);
    } catch (error) {
      const { kind, metadata } = event.object;
      this.#logger.error(
        { kind, name: metadata.name, error: errorText(error) },
        "a listener of the object store failed",
      );
    }
  }
}

/** What no update may change. */
function identityOf(stored: ObjectMeta): Partial<ObjectMeta> {
  const { uid, creationTimestamp, generation, deletionTimestamp, deletionGracePeriodSeconds } = stored;
  return {
    ...(uid === undefined ? {} : { uid }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(generation === undefined ? {} : { generation }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(deletionGracePeriodSeconds === undefined ? {} : { deletionGracePeriodSeconds }),
  };
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
