import type { KubeObject } from "../../store/kube-object.ts";
import type { Resource } from "../resources.ts";
import { columnDefinitions, rowOf } from "./table.ts";

/** How a client wants objects: as they are, as rows for `kubectl get`, or their metadata only. */
export type OutputForm = "object" | "table" | "metadata";

/** The first form in the Accept header that this server has. */
export function outputForm(accept: string | undefined): OutputForm {
  for (const range of (accept ?? "").split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim());
    const as = parameters.find((parameter) => parameter.startsWith("as="))?.slice(3);
    if (!["application/json", "*/*", "application/*"].includes(type)) continue;
    if (as === undefined) return "object";
    if (as === "Table") return "table";
    if (as === "PartialObjectMetadata" || as === "PartialObjectMetadataList") return "metadata";
  }
  return "object";
}

/** `includeObject` of the query: what a table row carries. */
export type IncludeObject = "None" | "Metadata" | "Object";

export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get("includeObject");
  return value === "None" || value === "Object" ? value : "Metadata";
}

export interface FormOptions {
  readonly resource: Resource;
  readonly form: OutputForm;
  readonly include: IncludeObject;
  readonly nowMs: number;
}

/** An object or a list in the wanted form. Lists are told by their `items`. */
export function shape(body: unknown, options: FormOptions): unknown {
  if (options.form === "object" || !isKubeObject(body) || body.kind === "Status") return body;
  const items = Array.isArray(body["items"]) ? (body["items"] as KubeObject[]) : undefined;
  if (options.form === "metadata") {
    if (items === undefined) return partial(body);
    const kind = "PartialObjectMetadataList";
    return { kind, apiVersion: "meta.k8s.io/v1", metadata: body.metadata, items: items.map(partial) };
  }
  const version = { resourceVersion: body.metadata.resourceVersion };
  return table(items ?? [body], items === undefined ? version : body.metadata, options);
}

/** A table over `objects`; without the columns when `columns` is false (later events of a watch). */
export function table(
  objects: readonly KubeObject[],
  metadata: unknown,
  options: FormOptions,
  columns = true,
): unknown {
  const { resource, include, nowMs } = options;
  const rows = objects.map((object) => ({
    cells: rowOf(resource, object, nowMs),
    ...(include === "None" ? {} : { object: include === "Object" ? withKind(resource, object) : partial(object) }),
  }));
  return {
    ...{ kind: "Table", apiVersion: "meta.k8s.io/v1", metadata },
    ...{ columnDefinitions: columns ? columnDefinitions(resource) : null, rows },
  };
}

export function partial(object: KubeObject): unknown {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };
}

// Items of a list have lost their kind.
function withKind(resource: Resource, object: KubeObject): KubeObject {
  const apiVersion = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
  return { ...object, kind: resource.kind, apiVersion };
}

function isKubeObject(value: unknown): value is KubeObject {
  return typeof value === "object" && value !== null && "kind" in value && "metadata" in value;
}
