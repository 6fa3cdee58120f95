/** An object of the API, as JSON. */
export interface FakeObject {
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly [member: string]: unknown;
  };
  readonly [member: string]: unknown;
}

/** One line of a watch. */
export interface FakeWatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: FakeObject;
}

interface LoggedEvent extends FakeWatchEvent {
  readonly collection: string;
  readonly version: number;
}

/** Objects by the path of their collection, with versions and a history that watches can go on from. */
export class FakeObjects {
  readonly #objects = new Map<string, FakeObject>();
  readonly #history: LoggedEvent[] = [];
  readonly #listeners = new Set<(event: LoggedEvent) => void>();
  #version = 100;

  get version(): string {
    return String(this.#version);
  }

  get(collection: string, name: string): FakeObject | undefined {
    return this.#objects.get(`${collection}/${name}`);
  }

  list(collection: string, matches: (object: FakeObject) => boolean = () => true): FakeObject[] {
    return [...this.#objects.entries()]
      .filter(([path, object]) => path === `${collection}/${object.metadata.name}` && matches(object))
      .map(([, object]) => object);
  }

  /** Creates or replaces; a new object gets a uid. */
  put(collection: string, object: FakeObject): FakeObject {
    const known = this.get(collection, object.metadata.name);
    this.#version += 1;
    const metadata = {
      creationTimestamp: "2026-01-01T00:00:00Z",
      uid: known?.metadata.uid ?? `uid-${this.#version}`,
      ...object.metadata,
      resourceVersion: this.version,
    };
    const stored = { ...object, metadata };
    this.#objects.set(`${collection}/${object.metadata.name}`, stored);
    this.#tell(collection, known === undefined ? "ADDED" : "MODIFIED", stored);
    return stored;
  }

  remove(collection: string, name: string): FakeObject | undefined {
    const object = this.get(collection, name);
    if (object === undefined) return undefined;
    this.#objects.delete(`${collection}/${name}`);
    this.#version += 1;
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: this.version } };
    this.#tell(collection, "DELETED", last);
    return last;
  }

  /** Gives what happened since `version`, and then all that happens. The returned function ends it. */
  watch(collection: string, version: number, listener: (event: FakeWatchEvent) => void): () => void {
    const own = (event: LoggedEvent): void => {
      if (event.collection === collection) listener(event);
    };
    for (const event of this.#history) if (event.version > version) own(event);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  #tell(collection: string, type: FakeWatchEvent["type"], object: FakeObject): void {
    const event = { collection, version: this.#version, type, object };
    this.#history.push(event);
    for (const listener of [...this.#listeners]) listener(event);
  }
}

/** Label selectors of the forms `a=b`, `a!=b`, `a` and `!a`, and the field selectors by name and by an event's uid. */
export function selected(object: FakeObject, query: URLSearchParams): boolean {
  const labels = object.metadata.labels ?? {};
  const terms = (query.get("labelSelector") ?? "").split(",").filter((term) => term !== "");
  const fields = (query.get("fieldSelector") ?? "").split(",").filter((term) => term !== "");
  return terms.every((term) => matchesTerm(labels, term)) && fields.every((term) => matchesField(object, term));
}

function matchesTerm(labels: Readonly<Record<string, string>>, term: string): boolean {
  const unequal = /^(.+?)!=(.*)$/.exec(term);
  if (unequal !== null) return labels[unequal[1] ?? ""] !== unequal[2];
  const equal = /^(.+?)==?(.*)$/.exec(term);
  if (equal !== null) return labels[equal[1] ?? ""] === equal[2];
  return term.startsWith("!") ? labels[term.slice(1)] === undefined : labels[term] !== undefined;
}

function matchesField(object: FakeObject, term: string): boolean {
  const [path = "", value] = term.split("=");
  let current: unknown = object;
  for (const member of path.split("."))
    current = typeof current === "object" && current !== null ? Reflect.get(current, member) : undefined;
  return current === value;
}
