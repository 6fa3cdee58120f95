import { isJsonObject, listAt, objectAt, textAt } from "../../../store/kube-object.ts";
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

const appArmorPrefix = "container.apparmor.security.beta.kubernetes.io/";
const allowedCapabilities = new Set([
  ...["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"],
  ...["SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"],
]);
const allowedSeLinuxTypes = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
const allowedSysctls = [
  ...["kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies"],
  ...["net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports"],
  ...["net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl"],
  ...["net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"],
];

/** The profile types that are allowed for seccomp and AppArmor alike. */
export function isConfined(profile: unknown): boolean {
  return profile === "RuntimeDefault" || profile === "Localhost";
}

const appArmor: PodCheck = (pod) => {
  const typeOf = (context: unknown): string => textAt(objectAt(context, "appArmorProfile"), "type");
  const isBad = (context: unknown): boolean =>
    isJsonObject(context) && context["appArmorProfile"] !== undefined && !isConfined(typeOf(context));
  const pods = podContext(pod);
  const bad = containersOf(pod).filter(({ context }) => isBad(context));
  const annotations = Object.entries(pod.metadata.annotations ?? {})
    .filter(([key, value]) => key.startsWith(appArmorPrefix) && !/^(runtime\/default$|localhost\/|$)/.test(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  const setters = [
    settersText(isBad(pods), bad),
    ...(annotations.length > 0 ? [plural("annotation", annotations.length)] : []),
  ];
  if (setters.join("") === "") return undefined;
  const types = [...(isBad(pods) ? [typeOf(pods)] : []), ...bad.map(({ context }) => typeOf(context))];
  const values = [...new Set(types)].sort().concat(annotations);
  return {
    reason: plural("forbidden AppArmor profile", values.length),
    detail: `${setters.filter((text) => text !== "").join(" and ")} must not set AppArmor profile type to ${quoted(values)}`,
  };
};

const capabilities: PodCheck = (pod) => {
  const forbidden = (context: unknown): string[] =>
    listAt(objectAt(context, "capabilities"), "add")
      .map(String)
      .filter((name) => !allowedCapabilities.has(name));
  const bad = containersOf(pod).filter(({ context }) => forbidden(context).length > 0);
  if (bad.length === 0) return undefined;
  const names = quotedSet(bad.flatMap(({ context }) => forbidden(context)));
  return {
    reason: "non-default capabilities",
    detail: `${containersText(bad)} must not include ${names} in securityContext.capabilities.add`,
  };
};

const hostNamespaces: PodCheck = (pod) => {
  const set = ["hostNetwork", "hostPID", "hostIPC"].filter((name) => objectAt(pod, "spec")[name] === true);
  return set.length === 0
    ? undefined
    : { reason: "host namespaces", detail: set.map((name) => `${name}=true`).join(", ") };
};

/** Not asked at the restricted level, whose check of all volume types says more. */
export const hostPathVolumes: PodCheck = (pod) => {
  const names = listAt(pod["spec"], "volumes")
    .filter((volume) => isJsonObject(volume) && volume["hostPath"] !== undefined)
    .map((volume) => textAt(volume, "name"));
  if (names.length === 0) return undefined;
  return { reason: "hostPath volumes", detail: `${plural("volume", names.length)} ${quoted(names)}` };
};

const hostPorts: PodCheck = (pod) => {
  const portsOf = (container: unknown): string[] =>
    listAt(container, "ports").flatMap((port) =>
      isJsonObject(port) && port["hostPort"] ? [String(port["hostPort"])] : [],
    );
  const bad = containersOf(pod).filter(({ container }) => portsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const ports = [...new Set(bad.flatMap(({ container }) => portsOf(container)))].sort();
  const verb = bad.length === 1 ? "uses" : "use";
  return {
    reason: "hostPort",
    detail: `${containersText(bad)} ${verb} ${plural("hostPort", ports.length)} ${ports.join(", ")}`,
  };
};

const hostProbes: PodCheck = (pod) => {
  const hostsOf = (container: unknown): string[] => {
    const probes = ["livenessProbe", "readinessProbe", "startupProbe"].map((name) => objectAt(container, name));
    const hooks = ["postStart", "preStop"].map((name) => objectAt(objectAt(container, "lifecycle"), name));
    return [...probes, ...hooks]
      .flatMap((action) => ["httpGet", "tcpSocket"].map((kind) => textAt(objectAt(action, kind), "host")))
      .filter((host) => host !== "");
  };
  const bad = containersOf(pod).filter(({ container }) => hostsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const hosts = [...new Set(bad.flatMap(({ container }) => hostsOf(container)))].sort();
  const verb = bad.length === 1 ? "uses" : "use";
  const who = `${plural("container", bad.length)} ${quotedSet(bad.map(({ name }) => name))}`;
  return {
    reason: "probe or lifecycle host",
    detail: `${who} ${verb} ${plural("probe or lifecycle host", hosts.length)} ${quoted(hosts)}`,
  };
};

const privileged: PodCheck = (pod) => {
  const bad = containersOf(pod).filter(({ context }) => context["privileged"] === true);
  if (bad.length === 0) return undefined;
  return { reason: "privileged", detail: `${containersText(bad)} must not set securityContext.privileged=true` };
};

const procMount: PodCheck = (pod) => {
  const isBad = (mount: unknown): boolean => mount !== undefined && mount !== "Default";
  const bad = containersOf(pod).filter(({ context }) => isBad(context["procMount"]));
  if (bad.length === 0) return undefined;
  const types = quotedSet(bad.map(({ context }) => String(context["procMount"])));
  return { reason: "procMount", detail: `${containersText(bad)} must not set securityContext.procMount to ${types}` };
};

const seLinux: PodCheck = (pod) => {
  const options = (context: unknown): unknown => objectAt(context, "seLinuxOptions");
  const isBad = (context: unknown): boolean =>
    !allowedSeLinuxTypes.includes(textAt(options(context), "type")) ||
    ["user", "role"].some((name) => textAt(options(context), name) !== "");
  const bad = containersOf(pod).filter(({ context }) => isBad(context));
  const setters = settersText(isBad(podContext(pod)), bad);
  if (setters === "") return undefined;
  const all = [podContext(pod), ...bad.map(({ context }) => context)].map(options);
  const types = [...new Set(all.map((entry) => textAt(entry, "type")))].filter(
    (type) => !allowedSeLinuxTypes.includes(type),
  );
  const data = [
    ...(types.length > 0 ? [`${plural("type", types.length)} ${quotedSet(types)}`] : []),
    ...["user", "role"]
      .filter((name) => all.some((entry) => textAt(entry, name) !== ""))
      .map((name) => `${name} may not be set`),
  ];
  return {
    reason: "seLinuxOptions",
    detail: `${setters} set forbidden securityContext.seLinuxOptions: ${data.join("; ")}`,
  };
};

/** Not asked at the restricted level, whose check of the same profile says more. */
export const seccompBaseline: PodCheck = (pod) => {
  const typeOf = (context: unknown): string => textAt(objectAt(context, "seccompProfile"), "type");
  const isBad = (context: unknown): boolean => typeOf(context) !== "" && !isConfined(typeOf(context));
  const bad = containersOf(pod).filter(({ context }) => isBad(context));
  const setters = settersText(isBad(podContext(pod)), bad);
  if (setters === "") return undefined;
  const all = [podContext(pod), ...bad.map(({ context }) => context)];
  const types = quotedSet(all.filter(isBad).map(typeOf));
  return {
    reason: "seccompProfile",
    detail: `${setters} must not set securityContext.seccompProfile.type to ${types}`,
  };
};

const sysctls: PodCheck = (pod) => {
  const names = listAt(podContext(pod), "sysctls").map((entry) => textAt(entry, "name"));
  const forbidden = names.filter((name) => !allowedSysctls.includes(name));
  return forbidden.length === 0 ? undefined : { reason: "forbidden sysctls", detail: forbidden.join(", ") };
};

const windowsHostProcess: PodCheck = (pod) => {
  const isBad = (context: unknown): boolean => objectAt(context, "windowsOptions")["hostProcess"] === true;
  const bad = containersOf(pod).filter(({ context }) => isBad(context));
  const setters = settersText(isBad(podContext(pod)), bad);
  if (setters === "") return undefined;
  return { reason: "hostProcess", detail: `${setters} must not set securityContext.windowsOptions.hostProcess=true` };
};

/** The Pod Security Standard "baseline" (kubernetes.io/docs/concepts/security/pod-security-standards), in the order of its messages. */
export const baselineChecks: readonly PodCheck[] = [
  ...[appArmor, capabilities, hostNamespaces, hostPathVolumes, hostPorts, hostProbes, privileged, procMount],
  ...[seLinux, seccompBaseline, sysctls, windowsHostProcess],
];
