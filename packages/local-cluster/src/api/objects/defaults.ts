import { isJsonObject, type JsonObject, listAt, objectAt } from "../../store/kube-object.ts";

/** Fills in what the API server would, for the kinds that have defaults. Changes `object`. */
export function applyDefaults(object: JsonObject): void {
  const byKind: Readonly<Record<string, (object: JsonObject) => void>> = {
    Pod: defaultPod,
    Service: defaultService,
    Secret: defaultSecret,
    Namespace: defaultNamespace,
    PersistentVolumeClaim: defaultClaim,
    LimitRange: defaultLimitRange,
  };
  byKind[String(object["kind"])]?.(object);
}

function setDefaults(target: JsonObject, defaults: JsonObject): void {
  for (const [key, value] of Object.entries(defaults)) {
    if (target[key] === undefined || target[key] === null) target[key] = value;
  }
}

function objectsIn(parent: unknown, key: string): JsonObject[] {
  return listAt(parent, key).filter(isJsonObject);
}

/** The object at `key`, made and attached when it is absent. */
function ensure(parent: JsonObject, key: string): JsonObject {
  const value = parent[key];
  if (isJsonObject(value)) return value;
  const made: JsonObject = {};
  parent[key] = made;
  return made;
}

function defaultPod(pod: JsonObject): void {
  const spec = ensure(pod, "spec");
  setDefaults(spec, {
    ...{ restartPolicy: "Always", terminationGracePeriodSeconds: 30, dnsPolicy: "ClusterFirst", securityContext: {} },
    ...{
      schedulerName: "default-scheduler",
      enableServiceLinks: true,
      preemptionPolicy: "PreemptLowerPriority",
      priority: 0,
    },
    serviceAccountName: spec["serviceAccount"] ?? "default",
  });
  spec["serviceAccount"] = spec["serviceAccountName"];
  if (spec["tolerations"] === undefined) {
    spec["tolerations"] = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].map((key) => ({
      ...{ effect: "NoExecute", key, operator: "Exists", tolerationSeconds: 300 },
    }));
  }
  const containers = [...objectsIn(spec, "initContainers"), ...objectsIn(spec, "containers")];
  for (const container of containers) defaultContainer(container);
  for (const volume of objectsIn(spec, "volumes")) defaultVolume(volume);
  pod["status"] = { phase: "Pending", qosClass: qosClass(containers) };
}

function defaultContainer(container: JsonObject): void {
  const image = String(container["image"] ?? "");
  const latest = image.endsWith(":latest") || !(image.split("/").at(-1) ?? "").includes(":");
  setDefaults(container, {
    ...{ resources: {}, terminationMessagePath: "/dev/termination-log", terminationMessagePolicy: "File" },
    imagePullPolicy: latest ? "Always" : "IfNotPresent",
  });
  for (const port of objectsIn(container, "ports")) setDefaults(port, { protocol: "TCP" });
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    const probe = container[name];
    if (!isJsonObject(probe)) continue;
    setDefaults(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
    if (isJsonObject(probe["httpGet"])) setDefaults(probe["httpGet"], { path: "/", scheme: "HTTP" });
  }
  for (const variable of objectsIn(container, "env")) {
    const reference = objectAt(variable, "valueFrom")["fieldRef"];
    if (isJsonObject(reference)) setDefaults(reference, { apiVersion: "v1" });
  }
  const limits = objectAt(container["resources"], "limits");
  if (Object.keys(limits).length > 0) setDefaults(ensure(ensure(container, "resources"), "requests"), { ...limits });
}

function defaultVolume(volume: JsonObject): void {
  for (const source of ["secret", "configMap", "projected", "downwardAPI"]) {
    const value = volume[source];
    if (isJsonObject(value)) setDefaults(value, { defaultMode: 0o644 });
  }
  if (Object.keys(volume).length === 1) volume["emptyDir"] = {};
}

function qosClass(containers: readonly JsonObject[]): string {
  const of = (container: JsonObject, key: string): JsonObject => objectAt(container["resources"], key);
  if (containers.every((c) => Object.keys({ ...of(c, "limits"), ...of(c, "requests") }).length === 0))
    return "BestEffort";
  const guaranteed = containers.every((container) =>
    ["cpu", "memory"].every((name) => {
      const limit = of(container, "limits")[name];
      return limit !== undefined && limit === of(container, "requests")[name];
    }),
  );
  return guaranteed ? "Guaranteed" : "Burstable";
}

function defaultService(service: JsonObject): void {
  const spec = ensure(service, "spec");
  setDefaults(spec, { type: "ClusterIP", sessionAffinity: "None" });
  for (const port of objectsIn(spec, "ports")) setDefaults(port, { protocol: "TCP", targetPort: port["port"] });
  if (spec["type"] !== "ExternalName") {
    setDefaults(spec, { internalTrafficPolicy: "Cluster", ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" });
  }
  service["status"] = { loadBalancer: {} };
}

function defaultSecret(secret: JsonObject): void {
  setDefaults(secret, { type: "Opaque" });
  const plain = secret["stringData"];
  if (!isJsonObject(plain)) return;
  const encoded = Object.entries(plain).map(([key, value]) => [key, Buffer.from(String(value)).toString("base64")]);
  secret["data"] = { ...objectAt(secret, "data"), ...Object.fromEntries(encoded) };
  Reflect.deleteProperty(secret, "stringData");
}

function defaultNamespace(namespace: JsonObject): void {
  const metadata = ensure(namespace, "metadata");
  ensure(metadata, "labels")["kubernetes.io/metadata.name"] = metadata["name"];
  setDefaults(ensure(namespace, "spec"), { finalizers: ["kubernetes"] });
  namespace["status"] = { phase: "Active" };
}

function defaultClaim(claim: JsonObject): void {
  setDefaults(ensure(claim, "spec"), { volumeMode: "Filesystem" });
  claim["status"] = { phase: "Pending" };
}

// Of a container range, what is not said follows from what is: the default limit from the maximum, the default request from both.
function defaultLimitRange(range: JsonObject): void {
  for (const item of objectsIn(range["spec"], "limits")) {
    if (item["type"] !== "Container") continue;
    const limits = { ...objectAt(item, "max"), ...objectAt(item, "default") };
    const requests = { ...objectAt(item, "min"), ...limits, ...objectAt(item, "defaultRequest") };
    if (Object.keys(limits).length > 0) item["default"] = limits;
    if (Object.keys(requests).length > 0) item["defaultRequest"] = requests;
  }
}
