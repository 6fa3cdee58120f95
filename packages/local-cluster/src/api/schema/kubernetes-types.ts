import generated from "./kubernetes-types.json" with { type: "json" };

/** One field of a Kubernetes type. */
export interface FieldType {
  readonly name: string;
  /** Its number in the protobuf form. */
  readonly number: number;
  /** A scalar (`string`, `int32`, `bytes`, `Time`, `Quantity` …) or the name of a type; see `shape` for lists and maps. */
  readonly type: string;
  readonly shape: "single" | "list" | "map";
  readonly about: string;
  /** It is always there in what the API server answers. */
  readonly required: boolean;
  /** The members of the type appear in JSON beside this field's siblings: the field itself has no name there. */
  readonly inline: boolean;
  /** Lists that a strategic merge patch merges: by this member, by value when "". Undefined: replaced as a whole. */
  readonly mergeKey: string | undefined;
  /** The members that tell the elements of a merged list apart for server-side apply, when they are more than `mergeKey`. */
  readonly mapKeys: readonly string[] | undefined;
}

/** A structured Kubernetes type. */
export interface KubernetesType {
  readonly name: string;
  readonly about: string;
  readonly fields: readonly FieldType[];
  /** The fields by JSON name, with inlined ones lifted up. */
  readonly members: ReadonlyMap<string, FieldType>;
}

interface GeneratedField {
  number: number;
  name: string;
  type: string;
  about?: string;
  required?: boolean;
  inline?: boolean;
  mergeKey?: string;
  mapKeys?: string[];
}

const table: Record<string, { about?: string; fields: GeneratedField[] }> = generated;

/** Looks types up and keeps what it has built. */
export class TypeTable {
  readonly #types = new Map<string, KubernetesType>();

  /** The type by its full name, such as `k8s.io.api.core.v1.PodSpec`; undefined for scalars and unknown names. */
  get(name: string): KubernetesType | undefined {
    const known = this.#types.get(name);
    if (known !== undefined) return known;
    const entry = Object.hasOwn(table, name) ? table[name] : undefined;
    if (entry === undefined) return undefined;
    const fields = entry.fields.map(toField);
    const members = new Map<string, FieldType>();
    for (const field of fields) {
      if (!field.inline) members.set(field.name, field);
      else for (const [key, member] of this.get(field.type)?.members ?? []) members.set(key, member);
    }
    const type = { name, about: entry.about ?? "", fields, members };
    this.#types.set(name, type);
    return type;
  }

  /** The type of an object of the API. */
  ofKind(apiVersion: string, kind: string): KubernetesType | undefined {
    const name = typeName(apiVersion, kind);
    return name === undefined ? undefined : this.get(name);
  }
}

const packageOfGroup: Readonly<Record<string, string>> = {
  "": "k8s.io.api.core.v1",
  "coordination.k8s.io": "k8s.io.api.coordination.v1",
  "discovery.k8s.io": "k8s.io.api.discovery.v1",
  "events.k8s.io": "k8s.io.api.events.v1",
  "networking.k8s.io": "k8s.io.api.networking.v1",
  policy: "k8s.io.api.policy.v1",
  "authorization.k8s.io": "k8s.io.api.authorization.v1",
  "authentication.k8s.io": "k8s.io.api.authentication.v1",
  "rbac.authorization.k8s.io": "k8s.io.api.rbac.v1",
};

function typeName(apiVersion: string, kind: string): string | undefined {
  if (kind === "DeleteOptions") return "k8s.io.apimachinery.pkg.apis.meta.v1.DeleteOptions";
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/", 2) : ["", apiVersion];
  const prefix = packageOfGroup[group ?? ""];
  return prefix === undefined || version !== "v1" ? undefined : `${prefix}.${kind}`;
}

function toField(field: GeneratedField): FieldType {
  const [, shape, base = field.type] = /^(list|map) (.*)$/.exec(field.type) ?? [];
  return {
    ...{ name: field.name, number: field.number, type: base, shape: (shape as "list" | "map" | undefined) ?? "single" },
    ...{ about: field.about ?? "", required: field.required === true, inline: field.inline === true },
    ...{ mergeKey: field.mergeKey, mapKeys: field.mapKeys },
  };
}
