// Writes src/api/schema/kubernetes-types.json: the fields of every kind that this API serves, with their protobuf numbers, merge keys and a
// first sentence each, from the public .proto files of k8s.io/api and k8s.io/apimachinery (Apache-2.0). Run on an update of Kubernetes:
//   node scripts/generate-kubernetes-types.ts <directory of k8s.io/api> <directory of k8s.io/apimachinery>
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [api, machinery] = process.argv.slice(2);
if (api === undefined || machinery === undefined)
  throw new Error("usage: generate-kubernetes-types.ts <api> <apimachinery>");

const packages: Record<string, string> = {
  "k8s.io.api.core.v1": join(api, "core/v1"),
  "k8s.io.api.coordination.v1": join(api, "coordination/v1"),
  "k8s.io.api.discovery.v1": join(api, "discovery/v1"),
  "k8s.io.api.events.v1": join(api, "events/v1"),
  "k8s.io.api.networking.v1": join(api, "networking/v1"),
  "k8s.io.api.policy.v1": join(api, "policy/v1"),
  "k8s.io.api.authorization.v1": join(api, "authorization/v1"),
  "k8s.io.api.authentication.v1": join(api, "authentication/v1"),
  "k8s.io.api.rbac.v1": join(api, "rbac/v1"),
  "k8s.io.apimachinery.pkg.apis.meta.v1": join(machinery, "pkg/apis/meta/v1"),
};
const roots = [
  ..."ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolumeClaim Pod ResourceQuota Secret ServiceAccount Service Binding"
    .split(" ")
    .map((kind) => `k8s.io.api.core.v1.${kind}`),
  "k8s.io.api.coordination.v1.Lease",
  "k8s.io.api.discovery.v1.EndpointSlice",
  "k8s.io.api.events.v1.Event",
  "k8s.io.api.networking.v1.NetworkPolicy",
  "k8s.io.api.policy.v1.PodDisruptionBudget",
  "k8s.io.api.policy.v1.Eviction",
  ..."LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview"
    .split(" ")
    .map((kind) => `k8s.io.api.authorization.v1.${kind}`),
  ..."ClusterRole ClusterRoleBinding Role RoleBinding".split(" ").map((kind) => `k8s.io.api.rbac.v1.${kind}`),
  ..."SelfSubjectReview TokenReview TokenRequest".split(" ").map((kind) => `k8s.io.api.authentication.v1.${kind}`),
  "k8s.io.apimachinery.pkg.apis.meta.v1.DeleteOptions",
];
// Go embeds these structs: their fields appear in JSON at the level of the parent.
const inlined = new Set([
  "localObjectReference",
  "volumeSource",
  "persistentVolumeSource",
  "handler",
  "ephemeralContainerCommon",
]);
const inlinedOnlyIn = new Map([
  ["localObjectReference", /(KeySelector|EnvSource|Projection|ConfigMapVolumeSource)$/],
  ["handler", /^Probe$/],
]);
const scalars = new Set(["string", "int32", "int64", "bool", "bytes", "double"]);
const special: Record<string, string> = {
  "k8s.io.apimachinery.pkg.apis.meta.v1.Time": "Time",
  "k8s.io.apimachinery.pkg.apis.meta.v1.MicroTime": "MicroTime",
  "k8s.io.apimachinery.pkg.apis.meta.v1.FieldsV1": "FieldsV1",
  "k8s.io.apimachinery.pkg.api.resource.Quantity": "Quantity",
  "k8s.io.apimachinery.pkg.util.intstr.IntOrString": "IntOrString",
  "k8s.io.apimachinery.pkg.runtime.RawExtension": "RawExtension",
};

interface Field {
  number: number;
  name: string;
  type: string;
  about?: string;
  required?: true;
  inline?: true;
  mergeKey?: string;
  mapKeys?: string[];
}
interface Message {
  about?: string;
  fields: Field[];
}

// The Go sources say what a field is called in JSON, and whether it may be left out.
const jsonNames = new Map<string, { name: string; optional: boolean }>();
const all = new Map<string, Message>();
for (const [name, directory] of Object.entries(packages)) {
  readJsonNames(name, readFileSync(join(directory, "types.go"), "utf8"));
  parse(name, readFileSync(join(directory, "generated.proto"), "utf8"));
}
const kept: Record<string, Message> = {};
for (const root of roots) keep(root);
const target = new URL("../src/api/schema/kubernetes-types.json", import.meta.url);
const body = Object.entries(kept)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, type]) => `${JSON.stringify(name)}:${JSON.stringify(type)}`);
writeFileSync(target, `{\n${body.join(",\n")}\n}\n`);

function readJsonNames(packageName: string, text: string): void {
  let struct = "";
  for (const line of text.split("\n")) {
    struct = /^type (\w+) struct \{/.exec(line)?.[1] ?? struct;
    const [, name, options = ""] = /`(?:\w+:"[^"]*" )*json:"(\w+)((?:,\w+)*)"/.exec(line) ?? [];
    if (name === undefined) continue;
    jsonNames.set(`${packageName}.${struct}.${name.toLowerCase()}`, { name, optional: options.includes("omitempty") });
  }
}

function parse(packageName: string, text: string): void {
  let comments: string[] = [];
  let message: Message | undefined;
  let messageName = "";
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    if (line.startsWith("//")) {
      comments.push(line.slice(2).trim());
      continue;
    }
    const open = /^message (\w+) \{$/.exec(line);
    if (open !== null) {
      messageName = open[1] ?? "";
      message = { ...sentence(comments), fields: [] };
      all.set(`${packageName}.${messageName}`, message);
    } else if (message !== undefined && line !== "" && line !== "}") {
      message.fields.push(parseField(packageName, messageName, line, comments));
    }
    comments = [];
  }
}

function parseField(packageName: string, messageName: string, line: string, comments: string[]): Field {
  const match = /^(?:(optional|repeated|required) )?(map<\w+, ([\w.]+)>|[\w.]+) (\w+) = (\d+);$/.exec(line);
  if (match === null) throw new Error(`cannot read ${packageName}.${messageName}: ${line}`);
  const [, label, type = "", mapValue, name = "", number] = match;
  const base = resolve(packageName, mapValue ?? type);
  const json = jsonNames.get(`${packageName}.${messageName}.${name.toLowerCase()}`);
  const inline = inlined.has(name) && (inlinedOnlyIn.get(name)?.test(messageName) ?? true);
  const mergeKey = markerOf(comments, "patchMergeKey");
  const mapKeys = comments.flatMap((line) => /^\+listMapKey=(\w+)$/.exec(line)?.[1] ?? []).sort();
  const merges = markerOf(comments, "patchStrategy")?.split(",").includes("merge") === true;
  return {
    ...{ number: Number(number), name: json?.name ?? name },
    type: mapValue !== undefined ? `map ${base}` : label === "repeated" ? `list ${base}` : base,
    ...sentence(comments),
    ...(comments.includes("+optional") || json?.optional === true ? {} : { required: true as const }),
    ...(inline ? { inline: true as const } : {}),
    ...(merges ? { mergeKey: mergeKey ?? "" } : {}),
    ...(mapKeys.length > 1 ? { mapKeys } : {}),
  };
}

function markerOf(comments: string[], name: string): string | undefined {
  return comments.find((line) => line.startsWith(`+${name}=`))?.slice(name.length + 2);
}

function resolve(packageName: string, type: string): string {
  if (scalars.has(type)) return type;
  const full = type.startsWith(".") ? type.slice(1) : `${packageName}.${type}`;
  // A message of one repeated field named items is a JSON list (ExtraValue).
  return special[full] ?? full;
}

function sentence(comments: string[]): { about?: string } {
  const text = comments
    .filter((line) => !line.startsWith("+"))
    .join(" ")
    .trim();
  const first = /^.*?[.:](?= |$)/.exec(text)?.[0] ?? text;
  return first === "" ? {} : { about: first.slice(0, 240) };
}

function keep(name: string): void {
  if (kept[name] !== undefined) return;
  const message = all.get(name);
  if (message === undefined) throw new Error(`no message ${name}`);
  kept[name] = message;
  for (const field of message.fields) {
    const base = field.type.replace(/^(list|map) /, "");
    if (base.includes(".")) keep(base);
  }
}
