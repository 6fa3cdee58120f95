import { isJsonObject, type KubeObject, listAt, objectAt, textAt } from "../../../store/kube-object.ts";
import { baselineChecks, hostPathVolumes, isConfined, seccompBaseline } from "./baseline-checks.ts";
import {
  containersOf,
  containersText,
  type PodCheck,
  plural,
  podContext,
  quoted,
  quotedSet,
  settersText,
} from "./pod-check.ts";

const allowedVolumes = [
  ...[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
  ],
];
const knownVolumes = new Set([
  ...[
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "gitRepo",
    "nfs",
    "iscsi",
    "glusterfs",
    "rbd",
    "flexVolume",
  ],
  ...[
    "cinder",
    "cephfs",
    "flocker",
    "fc",
    "azureFile",
    "vsphereVolume",
    "quobyte",
    "azureDisk",
    "photonPersistentDisk",
  ],
  ...["portworxVolume", "scaleIO", "storageos"],
]);

const allowPrivilegeEscalation: PodCheck = (pod) => {
  const bad = containersOf(pod).filter(({ context }) => context["allowPrivilegeEscalation"] !== false);
  if (bad.length === 0 || isWindows(pod)) return undefined;
  return {
    reason: "allowPrivilegeEscalation != false",
    detail: `${containersText(bad)} must set securityContext.allowPrivilegeEscalation=false`,
  };
};

const capabilities: PodCheck = (pod) => {
  if (isWindows(pod)) return undefined;
  const listed = (context: unknown, key: string): string[] =>
    listAt(objectAt(context, "capabilities"), key).map(String);
  const forbidden = (context: unknown): string[] =>
    listed(context, "add").filter((name) => name !== "NET_BIND_SERVICE");
  const keeping = containersOf(pod).filter(({ context }) => !listed(context, "drop").includes("ALL"));
  const adding = containersOf(pod).filter(({ context }) => forbidden(context).length > 0);
  const details = [
    ...(keeping.length > 0 ? [`${containersText(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length > 0
      ? [
          `${containersText(adding)} must not include ${quotedSet(adding.flatMap(({ context }) => forbidden(context)))} in securityContext.capabilities.add`,
        ]
      : []),
  ];
  return details.length === 0 ? undefined : { reason: "unrestricted capabilities", detail: details.join("; ") };
};

const volumes: PodCheck = (pod) => {
  const typeOf = (volume: unknown): string =>
    Object.keys(isJsonObject(volume) ? volume : {}).find((key) => key !== "name") ?? "";
  const bad = listAt(pod["spec"], "volumes").filter((volume) => !allowedVolumes.includes(typeOf(volume)));
  if (bad.length === 0) return undefined;
  const types = [...new Set(bad.map(typeOf).map((type) => (knownVolumes.has(type) ? type : "unknown")))].sort();
  const who = `${plural("volume", bad.length)} ${quoted(bad.map((volume) => textAt(volume, "name")))}`;
  const verb = bad.length === 1 ? "uses" : "use";
  return {
    reason: "restricted volume types",
    detail: `${who} ${verb} ${plural("restricted volume type", types.length)} ${quoted(types)}`,
  };
};

const runAsNonRoot: PodCheck = (pod) => {
  const pods = podContext(pod)["runAsNonRoot"];
  const all = containersOf(pod);
  const reason = "runAsNonRoot != true";
  const setters = settersText(
    pods === false,
    all.filter(({ context }) => context["runAsNonRoot"] === false),
  );
  if (setters !== "") return { reason, detail: `${setters} must not set securityContext.runAsNonRoot=false` };
  const unset = all.filter(({ context }) => context["runAsNonRoot"] === undefined);
  if (pods === true || unset.length === 0) return undefined;
  return { reason, detail: `pod or ${containersText(unset)} must set securityContext.runAsNonRoot=true` };
};

const runAsUser: PodCheck = (pod) => {
  const bad = containersOf(pod).filter(({ context }) => context["runAsUser"] === 0);
  const setters = settersText(podContext(pod)["runAsUser"] === 0, bad);
  return setters === "" ? undefined : { reason: "runAsUser=0", detail: `${setters} must not set runAsUser=0` };
};

const seccomp: PodCheck = (pod) => {
  if (isWindows(pod)) return undefined;
  const set = seccompBaseline(pod);
  if (set !== undefined) return set;
  const typeOf = (context: unknown): string => textAt(objectAt(context, "seccompProfile"), "type");
  const unset = containersOf(pod).filter(({ context }) => typeOf(context) === "");
  if (unset.length === 0 || isConfined(typeOf(podContext(pod)))) return undefined;
  return {
    reason: "seccompProfile",
    detail: `pod or ${containersText(unset)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  };
};

function isWindows(pod: KubeObject): boolean {
  return textAt(objectAt(pod["spec"], "os"), "name") === "windows";
}

/** The Pod Security Standard "restricted", in the order of its messages: baseline first, but for the two that it says more of. */
export const restrictedChecks: readonly PodCheck[] = [
  ...baselineChecks.filter((check) => check !== hostPathVolumes && check !== seccompBaseline),
  ...[allowPrivilegeEscalation, capabilities, volumes, runAsNonRoot, runAsUser, seccomp],
];
