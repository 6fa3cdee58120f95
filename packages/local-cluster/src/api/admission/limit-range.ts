import { isJsonObject, type JsonObject, type KubeObject, listAt, objectAt, textAt } from "../../store/kube-object.ts";
import type { ObjectStore } from "../../store/object-store.ts";
import { StatusError } from "../../store/status-error.ts";
import type { Resource } from "../resources.ts";
import { formatQuantity, type Quantity, zero } from "../schema/quantity.ts";
import { type Amounts, amountsAt, podAmounts } from "./pod-resources.ts";

/** Gives the containers of a new Pod what the LimitRanges of its namespace say by default. Changes `pod`. */
export function applyLimitDefaults(store: ObjectStore, pod: KubeObject): void {
  const notes: string[] = [];
  for (const range of store.peekList("limitranges", pod.metadata.namespace)) {
    for (const item of itemsOf(range, "Container")) {
      for (const [list, what] of [
        ["containers", "container"],
        ["initContainers", "init container"],
      ] as const) {
        for (const container of listAt(pod["spec"], list).filter(isJsonObject)) {
          for (const [side, from] of [
            ["requests", "defaultRequest"],
            ["limits", "default"],
          ] as const) {
            const set = fillIn(container, side, objectAt(item, from));
            if (set.length > 0)
              notes.push(`${set.join(", ")} ${side.slice(0, -1)} for ${what} ${textAt(container, "name")}`);
          }
        }
      }
    }
  }
  if (notes.length === 0) return;
  const annotations = {
    ...pod.metadata.annotations,
    "kubernetes.io/limit-ranger": `LimitRanger plugin set: ${notes.join("; ")}`,
  };
  pod.metadata.annotations = annotations;
}

function fillIn(container: JsonObject, side: string, defaults: JsonObject): string[] {
  const resources = objectAt(container, "resources");
  const given = objectAt(resources, side);
  const missing = Object.keys(defaults).filter((name) => given[name] === undefined);
  if (missing.length === 0) return [];
  container["resources"] = { ...resources, [side]: { ...defaults, ...given } };
  return missing.sort();
}

/** LimitRanger admission of a Pod or a claim. @throws StatusError 403 for amounts outside of what a LimitRange allows */
export function admitWithinLimits(store: ObjectStore, resource: Resource, object: KubeObject): void {
  for (const range of store.peekList("limitranges", object.metadata.namespace)) {
    const problems = resource.kind === "Pod" ? podProblems(range, object) : claimProblems(range, object);
    const [first, ...others] = problems;
    if (first === undefined) continue;
    const why = others.length === 0 ? first : `[${[...new Set(problems)].join(", ")}]`;
    throw StatusError.forbidden(resource, object.metadata.name, why);
  }
}

function podProblems(range: KubeObject, pod: KubeObject): string[] {
  const spec = objectAt(pod, "spec");
  const containers = [...listAt(spec, "containers"), ...listAt(spec, "initContainers")].filter(isJsonObject);
  const ofContainers = itemsOf(range, "Container").flatMap((item) =>
    containers.flatMap(({ resources }) =>
      outside(item, amountsAt(resources, "requests"), amountsAt(resources, "limits")),
    ),
  );
  const ofPod = itemsOf(range, "Pod").flatMap((item) =>
    outside(item, podAmounts(spec, "requests"), podAmounts(spec, "limits")),
  );
  return [...ofContainers, ...ofPod];
}

function claimProblems(range: KubeObject, claim: KubeObject): string[] {
  const requests = amountsAt(objectAt(claim["spec"], "resources"), "requests");
  return itemsOf(range, "PersistentVolumeClaim").flatMap((item) => [
    ...[...amountsAt(item, "min")].flatMap(([name, least]) => below(item, name, least, requests, new Map())),
    ...[...amountsAt(item, "max")].flatMap(([name, most]) => {
      const request = requests.get(name);
      if (request === undefined || request.nano <= most.nano) return [];
      return [`${usage("maximum", item, name, most)}, but request is ${formatQuantity(request)}`];
    }),
  ]);
}

function itemsOf(range: KubeObject, type: string): JsonObject[] {
  return listAt(range["spec"], "limits")
    .filter(isJsonObject)
    .filter((item) => item["type"] === type);
}

function outside(item: JsonObject, requests: Amounts, limits: Amounts): string[] {
  return [
    ...[...amountsAt(item, "min")].flatMap(([name, least]) => below(item, name, least, requests, limits)),
    ...[...amountsAt(item, "max")].flatMap(([name, most]) => above(item, name, most, requests, limits)),
    ...[...amountsAt(item, "maxLimitRequestRatio")].flatMap(([name, ratio]) =>
      beyond(item, name, ratio, requests, limits),
    ),
  ];
}

function usage(bound: string, item: JsonObject, name: string, amount: Quantity): string {
  return `${bound} ${name} usage per ${textAt(item, "type")} is ${formatQuantity(amount)}`;
}

function below(item: JsonObject, name: string, least: Quantity, requests: Amounts, limits: Amounts): string[] {
  const [request, limit] = [requests.get(name), limits.get(name)];
  const text = usage("minimum", item, name, least);
  if (request === undefined) return [`${text}.  No request is specified`];
  if (request.nano < least.nano) return [`${text}, but request is ${formatQuantity(request)}`];
  if (limit !== undefined && limit.nano < least.nano) return [`${text}, but limit is ${formatQuantity(limit)}`];
  return [];
}

function above(item: JsonObject, name: string, most: Quantity, requests: Amounts, limits: Amounts): string[] {
  const [request, limit] = [requests.get(name), limits.get(name)];
  const text = usage("maximum", item, name, most);
  if (limit === undefined) return [`${text}.  No limit is specified`];
  if (limit.nano > most.nano) return [`${text}, but limit is ${formatQuantity(limit)}`];
  if (request !== undefined && request.nano > most.nano) return [`${text}, but request is ${formatQuantity(request)}`];
  return [];
}

function beyond(item: JsonObject, name: string, most: Quantity, requests: Amounts, limits: Amounts): string[] {
  const [request, limit] = [requests.get(name) ?? zero, limits.get(name) ?? zero];
  const text = `${name} max limit to request ratio per ${textAt(item, "type")} is ${formatQuantity(most)}, but`;
  if (request.nano === 0n) return [`${text} no request is specified or request is 0`];
  if (limit.nano === 0n) return [`${text} no limit is specified or limit is 0`];
  const ratio = Number(limit.nano) / Number(request.nano);
  return ratio * 1e9 > Number(most.nano) ? [`${text} provided ratio is ${ratio.toFixed(6)}`] : [];
}
