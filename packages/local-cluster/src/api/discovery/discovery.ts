import { groupVersionOf, type Resource, resources, verbsOf } from "../resources.ts";

/** The document at a discovery path in its legacy form; undefined when there is none. */
export function legacyDiscovery(path: string, address: string): unknown {
  const serverAddressByClientCIDRs = [{ clientCIDR: "0.0.0.0/0", serverAddress: address }];
  if (path === "/api") return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs };
  if (path === "/apis") return { kind: "APIGroupList", apiVersion: "v1", groups: groupNames().map(groupBody) };
  const group = groupNames().find((name) => path === `/apis/${name}`);
  if (group !== undefined) return { kind: "APIGroup", apiVersion: "v1", ...groupBody(group) };
  const groupVersion = path.startsWith("/apis/") ? path.slice(6) : path.slice(5);
  const served = resources.filter((entry) => groupVersionOf(entry) === groupVersion);
  const isCore = path === "/api/v1";
  if (served.length === 0 || isCore === groupVersion.includes("/")) return undefined;
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources: served.flatMap(resourceEntries) };
}

/** `APIGroupDiscoveryList` of /api or /apis. */
export function aggregatedDiscovery(path: "/api" | "/apis", version: string): unknown {
  const names = path === "/api" ? [""] : groupNames();
  const items = names.map((name) => ({
    metadata: name === "" ? { creationTimestamp: null } : { name, creationTimestamp: null },
    versions: [
      {
        version: "v1",
        freshness: "Current",
        resources: resources.filter((entry) => entry.group === name).map(aggregatedEntry),
      },
    ],
  }));
  return { kind: "APIGroupDiscoveryList", apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items };
}

/** The version of aggregated discovery that the client prefers; undefined when it wants the legacy form. */
export function aggregatedVersion(accept: string | undefined): "v2" | "v2beta1" | undefined {
  for (const range of (accept ?? "").split(",")) {
    const parameters = range.split(";").map((part) => part.trim());
    if (!parameters.includes("as=APIGroupDiscoveryList")) {
      if (parameters[0] === "application/json") return undefined;
    } else if (parameters.includes("v=v2")) return "v2";
    else if (parameters.includes("v=v2beta1")) return "v2beta1";
  }
  return undefined;
}

function groupNames(): string[] {
  return [...new Set(resources.map((entry) => entry.group))].filter((name) => name !== "");
}

function groupBody(name: string): Record<string, unknown> {
  const version = { groupVersion: `${name}/v1`, version: "v1" };
  return { name, versions: [version], preferredVersion: version };
}

function resourceEntries(entry: Resource): unknown[] {
  const own = {
    ...{
      name: entry.plural,
      singularName: entry.singular,
      namespaced: entry.namespaced,
      kind: entry.kind,
      verbs: verbsOf(entry),
    },
    ...(entry.shortNames.length > 0 ? { shortNames: entry.shortNames } : {}),
    ...(entry.categories.length > 0 ? { categories: entry.categories } : {}),
  };
  const below = entry.subresources.map((sub) => ({
    ...{ name: `${entry.plural}/${sub.name}`, singularName: "", namespaced: entry.namespaced, verbs: sub.verbs },
    ...(sub.kind ?? { kind: entry.kind }),
  }));
  return [own, ...below];
}

function aggregatedEntry(entry: Resource): unknown {
  const responseKind = { group: entry.group, version: entry.version, kind: entry.kind };
  return {
    ...{ resource: entry.plural, responseKind, scope: entry.namespaced ? "Namespaced" : "Cluster" },
    ...{ singularResource: entry.singular, verbs: verbsOf(entry) },
    ...(entry.shortNames.length > 0 ? { shortNames: entry.shortNames } : {}),
    ...(entry.categories.length > 0 ? { categories: entry.categories } : {}),
    ...(entry.subresources.length > 0
      ? {
          subresources: entry.subresources.map(({ name, verbs, kind }) => ({
            subresource: name,
            responseKind: kind ?? responseKind,
            verbs,
          })),
        }
      : {}),
  };
}
