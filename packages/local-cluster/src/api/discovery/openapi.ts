import { groupVersionOf, type Resource, resources } from "../resources.ts";
import type { FieldType, TypeTable } from "../schema/kubernetes-types.ts";

/** Changes when the tables do; kubectl caches documents by it. */
const contentHash = "fc-local-cluster-2";

/** `/openapi/v3`: where the documents are. */
export function openapiIndex(): unknown {
  const paths = [...new Set(resources.map(groupVersionOf))].map((groupVersion) => {
    const path = groupVersion.includes("/") ? `apis/${groupVersion}` : `api/${groupVersion}`;
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${contentHash}` }];
  });
  return { paths: Object.fromEntries(paths) };
}

/** `/openapi/v3/apis/<group>/<version>`: paths and schemas of one group version. Undefined when it is not served. */
export function openapiDocument(types: TypeTable, path: string): unknown {
  const groupVersion = path.replace(/^apis?\//, "");
  const served = resources.filter((entry) => groupVersionOf(entry) === groupVersion);
  if (served.length === 0) return undefined;
  const schemas: Record<string, unknown> = {};
  const paths: Record<string, unknown> = {};
  for (const entry of served) {
    const root = types.ofKind(groupVersion, entry.kind);
    if (root !== undefined) addSchema(types, root.name, schemas, entry);
    paths[pathOf(path, entry)] = operations(entry);
  }
  return { openapi: "3.0.0", info: { title: "Kubernetes", version: "v1.34.0" }, paths, components: { schemas } };
}

function pathOf(path: string, entry: Resource): string {
  return `/${path}/${entry.namespaced ? "namespaces/{namespace}/" : ""}${entry.plural}/{name}`;
}

// kubectl looks for the fieldValidation parameter to learn whether the server validates.
function operations(entry: Resource): unknown {
  const kind = { "x-kubernetes-group-version-kind": { group: entry.group, version: entry.version, kind: entry.kind } };
  const query = (name: string): unknown => ({ name, in: "query", schema: { type: "string", uniqueItems: true } });
  const parameters = ["dryRun", "fieldManager", "fieldValidation", "force"].map(query);
  const operation = (action: string): unknown => ({
    ...kind,
    "x-kubernetes-action": action,
    parameters,
    responses: {},
  });
  if (entry.storage === undefined) return { post: operation("post") };
  return { get: operation("get"), put: operation("put"), patch: operation("patch"), delete: operation("delete") };
}

function schemaName(typeName: string): string {
  return typeName.replace(/^k8s\.io\./, "io.k8s.");
}

function addSchema(types: TypeTable, name: string, schemas: Record<string, unknown>, entry?: Resource): void {
  const key = schemaName(name);
  const type = types.get(name);
  if (type === undefined || schemas[key] !== undefined) return;
  const properties: Record<string, unknown> = {};
  const required = [...type.members.values()].filter((field) => field.required).map(({ name }) => name);
  // Set before its members: types refer to themselves (JSONSchemaProps).
  schemas[key] = {
    ...{ description: type.about, type: "object", properties },
    ...(required.length === 0 ? {} : { required }),
    ...(entry === undefined
      ? {}
      : { "x-kubernetes-group-version-kind": [{ group: entry.group, version: entry.version, kind: entry.kind }] }),
  };
  if (entry !== undefined) {
    properties["apiVersion"] = {
      type: "string",
      description: "The versioned schema of this representation of an object.",
    };
    properties["kind"] = { type: "string", description: "The REST resource this object represents." };
  }
  for (const field of type.members.values()) {
    properties[field.name] = propertySchema(types, field);
    addSchema(types, field.type, schemas);
  }
}

const scalars: Readonly<Record<string, unknown>> = {
  string: { type: "string" },
  bool: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  double: { type: "number", format: "double" },
  bytes: { type: "string", format: "byte" },
  Time: { type: "string", format: "date-time" },
  MicroTime: { type: "string", format: "date-time" },
  Quantity: { type: "string" },
  IntOrString: { type: "string", format: "int-or-string" },
  FieldsV1: { type: "object" },
  RawExtension: { type: "object" },
};

function propertySchema(types: TypeTable, field: FieldType): unknown {
  const description = field.about;
  const scalar = scalars[field.type];
  const reference = { $ref: `#/components/schemas/${schemaName(field.type)}` };
  const base =
    scalar ?? (types.get(field.type) === undefined ? { type: "object" } : { allOf: [reference], default: {} });
  if (field.shape === "list") {
    const merge = field.mergeKey === undefined ? {} : { "x-kubernetes-patch-strategy": "merge" };
    const key =
      field.mergeKey === undefined || field.mergeKey === "" ? {} : { "x-kubernetes-patch-merge-key": field.mergeKey };
    return { description, type: "array", items: base, ...merge, ...key };
  }
  if (field.shape === "map") return { description, type: "object", additionalProperties: base };
  return { ...(base as Record<string, unknown>), description };
}
