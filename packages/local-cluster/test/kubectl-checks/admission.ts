import { expect } from "vitest";
import type { Kubectl } from "../kubectl.ts";
import type { Check, World } from "./world.ts";

const enforce = "pod-security.kubernetes.io/enforce";
const warn = "pod-security.kubernetes.io/warn";

// One violation of the restricted level each, of a Pod whose container is called "main".
const restricted = [
  'allowPrivilegeEscalation != false (container "main" must set securityContext.allowPrivilegeEscalation=false)',
  'unrestricted capabilities (container "main" must set securityContext.capabilities.drop=["ALL"])',
  'runAsNonRoot != true (pod or container "main" must set securityContext.runAsNonRoot=true)',
  'seccompProfile (pod or container "main" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
].join(", ");

/** A namespace of a check's own. */
async function namespaceOf({ kubectl, namespace }: World, suffix: string, ...labels: string[]): Promise<string> {
  const name = `${namespace}-${suffix}`;
  await kubectl.ok(["create", "namespace", name]);
  if (labels.length > 0) await kubectl.ok(["label", "namespace", name, ...labels]);
  return name;
}

function pod(name: string, container: object = {}, spec: object = {}): string {
  const main = { name: "main", image: "busybox:1.36", command: ["sleep", "1000"], ...container };
  const grace = { terminationGracePeriodSeconds: 0 };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { containers: [main], ...grace, ...spec },
  });
}

const create = (namespace: string): readonly string[] => ["create", "-n", namespace, "-f", "-"];

async function forbidden(kubectl: Kubectl, namespace: string, manifest: string): Promise<string> {
  const said = await kubectl.refused(create(namespace), manifest);
  return said.replace('Error from server (Forbidden): error when creating "STDIN": ', "").trimEnd();
}

const podSecurity: readonly Check[] = [
  {
    title: "Pod Security: what a level does not allow is refused, in a dry run too",
    run: async (world) => {
      const namespace = await namespaceOf(world, "restricted", `${enforce}=restricted`);
      const wanted = `pods "a" is forbidden: violates PodSecurity "restricted:latest": ${restricted}`;
      expect(await forbidden(world.kubectl, namespace, pod("a"))).toBe(wanted);
      const dry = await world.kubectl.refused([...create(namespace), "--dry-run=server"], pod("a"));
      expect(dry).toContain(wanted);
    },
  },
  {
    title: "Pod Security: a Pod that keeps to restricted is let in",
    run: async (world) => {
      const namespace = await namespaceOf(world, "kept", `${enforce}=restricted`);
      const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
      const whole = { runAsNonRoot: true, runAsUser: 1_000, seccompProfile: { type: "RuntimeDefault" } };
      const manifest = pod("kept", { securityContext }, { securityContext: whole });
      expect(await world.kubectl.run(create(namespace), manifest)).toMatchObject({ code: 0, stderr: "" });
    },
  },
  {
    title: "Pod Security: a warning for the level that only warns",
    run: async (world) => {
      const namespace = await namespaceOf(world, "warned", `${enforce}=baseline`, `${warn}=restricted`);
      expect(await world.kubectl.run(create(namespace), pod("a"))).toMatchObject({
        ...{ code: 0, stderr: `Warning: would violate PodSecurity "restricted:latest": ${restricted}\n` },
      });
    },
  },
  {
    title: "Pod Security: every violation of baseline is named",
    run: async (world) => {
      const namespace = await namespaceOf(world, "baseline", `${enforce}=baseline`);
      const first = {
        ports: [{ containerPort: 80, hostPort: 80 }],
        securityContext: { privileged: true, capabilities: { add: ["SYS_TIME", "NET_ADMIN"] } },
        livenessProbe: { httpGet: { port: 80, host: "elsewhere" } },
      };
      const second = {
        ...{ name: "b", image: "busybox:1.36" },
        securityContext: { seccompProfile: { type: "Unconfined" }, seLinuxOptions: { type: "bad", user: "x" } },
      };
      const manifest = JSON.parse(pod("many", first, { hostNetwork: true, hostPID: true })) as { spec: object };
      const { containers } = manifest.spec as { containers: object[] };
      const volumes = [{ name: "h", hostPath: { path: "/" } }];
      const securityContext = { sysctls: [{ name: "kernel.msgmax", value: "1" }] };
      const whole = {
        ...manifest,
        spec: { ...manifest.spec, volumes, containers: [...containers, second], securityContext },
      };
      expect(await forbidden(world.kubectl, namespace, JSON.stringify(whole))).toBe(
        `pods "many" is forbidden: violates PodSecurity "baseline:latest": ${[
          'non-default capabilities (container "main" must not include "NET_ADMIN", "SYS_TIME" in securityContext.capabilities.add)',
          "host namespaces (hostNetwork=true, hostPID=true)",
          'hostPath volumes (volume "h")',
          'hostPort (container "main" uses hostPort 80)',
          'probe or lifecycle host (container "main" uses probe or lifecycle host "elsewhere")',
          'privileged (container "main" must not set securityContext.privileged=true)',
          'seLinuxOptions (container "b" set forbidden securityContext.seLinuxOptions: type "bad"; user may not be set)',
          'seccompProfile (container "b" must not set securityContext.seccompProfile.type to "Unconfined")',
          "forbidden sysctls (kernel.msgmax)",
        ].join(", ")}`,
      );
    },
  },
  {
    title: "Pod Security: a stricter level warns of the Pods that are there, a level without meaning is refused",
    run: async (world) => {
      const { kubectl } = world;
      const namespace = await namespaceOf(world, "stricter");
      for (const name of ["a", "b"]) await kubectl.ok(create(namespace), pod(name));
      expect((await kubectl.run(["label", "namespace", namespace, `${enforce}=restricted`])).stderr).toBe(
        `Warning: existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "restricted:latest"\n` +
          "Warning: a (and 1 other pod): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile\n",
      );
      expect(await kubectl.refused(["label", "namespace", namespace, `${enforce}=wrong`, "--overwrite"])).toContain(
        `metadata.labels[${enforce}]: Invalid value: "wrong": must be one of privileged, baseline, restricted`,
      );
    },
  },
];

const limits: readonly Check[] = [
  {
    title: "ResourceQuota: what would exceed it is refused, and its status tells what is used",
    run: async (world) => {
      const { kubectl } = world;
      const namespace = await namespaceOf(world, "quota");
      const hard = "pods=1,requests.cpu=1,requests.memory=1Gi,limits.memory=2Gi,secrets=1";
      await kubectl.ok(["create", "quota", "q", "-n", namespace, `--hard=${hard}`]);
      const used = (path: string, value: string): Promise<string> =>
        kubectl.ok([
          "wait",
          "quota/q",
          "-n",
          namespace,
          `--for=jsonpath={.status.used.${path}}=${value}`,
          "--timeout=20s",
        ]);
      await used("pods", "0");
      const taking = (name: string, cpu: string, memory: string): string =>
        pod(name, { resources: { requests: { cpu, memory }, limits: { memory } } });
      expect(await forbidden(kubectl, namespace, pod("a"))).toBe(
        'pods "a" is forbidden: failed quota: q: must specify limits.memory for: main; requests.cpu for: main; requests.memory for: main',
      );
      expect(await forbidden(kubectl, namespace, taking("a", "2", "1.5Gi"))).toBe(
        'pods "a" is forbidden: exceeded quota: q, requested: requests.cpu=2,requests.memory=1536Mi, used: requests.cpu=0,requests.memory=0, limited: requests.cpu=1,requests.memory=1Gi',
      );
      await kubectl.ok(create(namespace), taking("a", "500m", "100Mi"));
      await used("requests\\.memory", "100Mi");
      await used("requests\\.cpu", "500m");
      expect(await forbidden(kubectl, namespace, taking("b", "1m", "1Mi"))).toBe(
        'pods "b" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
      );
      await kubectl.ok(["create", "secret", "generic", "one", "-n", namespace]);
      expect(await kubectl.refused(["create", "secret", "generic", "two", "-n", namespace])).toContain(
        'secrets "two" is forbidden: exceeded quota: q, requested: secrets=1, used: secrets=1, limited: secrets=1',
      );
      expect(await kubectl.ok(["describe", "quota", "q", "-n", namespace])).toMatch(/^limits.memory +100Mi +2Gi$/m);
      await kubectl.ok(["delete", "pod", "a", "-n", namespace]);
      await used("pods", "0");
      await kubectl.ok(create(namespace), taking("b", "1m", "1Mi"));
    },
  },
  {
    title: "LimitRange: fills in what a container does not say, refuses what is outside",
    run: async (world) => {
      const { kubectl } = world;
      const namespace = await namespaceOf(world, "limits");
      const container = {
        ...{ type: "Container", default: { memory: "256Mi", cpu: "500m" }, defaultRequest: { memory: "128Mi" } },
        ...{ min: { memory: "64Mi" }, max: { memory: "1Gi" }, maxLimitRequestRatio: { memory: "4" } },
      };
      const items = [container, { type: "Pod", max: { memory: "1500Mi" } }];
      const range = { apiVersion: "v1", kind: "LimitRange", metadata: { name: "range" }, spec: { limits: items } };
      await kubectl.ok(create(namespace), JSON.stringify(range));
      await kubectl.ok(create(namespace), pod("filled"));
      const path =
        "jsonpath={.spec.containers[0].resources}{.status.qosClass}{.metadata.annotations.kubernetes\\.io/limit-ranger}";
      expect(await kubectl.ok(["get", "pod", "filled", "-n", namespace, "-o", path])).toBe(
        '{"limits":{"cpu":"500m","memory":"256Mi"},"requests":{"cpu":"500m","memory":"128Mi"}}Burstable' +
          "LimitRanger plugin set: cpu, memory request for container main; cpu, memory limit for container main",
      );
      const taking = (resources: object): string => pod("a", { resources });
      expect(await forbidden(kubectl, namespace, taking({ limits: { memory: "2Gi" } }))).toBe(
        'pods "a" is forbidden: [maximum memory usage per Container is 1Gi, but limit is 2Gi, maximum memory usage per Pod is 1500Mi, but limit is 2Gi]',
      );
      expect(await forbidden(kubectl, namespace, taking({ limits: { memory: "10Mi" } }))).toBe(
        'pods "a" is forbidden: minimum memory usage per Container is 64Mi, but request is 10Mi',
      );
      expect(
        await forbidden(kubectl, namespace, taking({ limits: { memory: "1Gi" }, requests: { memory: "100Mi" } })),
      ).toBe(
        'pods "a" is forbidden: memory max limit to request ratio per Container is 4, but provided ratio is 10.240000',
      );
    },
  },
];

const namespaces: readonly Check[] = [
  {
    title: "a Pod of a ServiceAccount that is absent is refused",
    run: async (world) => {
      const namespace = await namespaceOf(world, "account");
      expect(await forbidden(world.kubectl, namespace, pod("a", {}, { serviceAccountName: "nobody" }))).toBe(
        `pods "a" is forbidden: error looking up service account ${namespace}/nobody: serviceaccount "nobody" not found`,
      );
    },
  },
  {
    title: "a namespace that is being deleted takes nothing new, and goes when its last object may",
    run: async (world) => {
      const { kubectl } = world;
      const namespace = await namespaceOf(world, "leaving");
      const metadata = { name: "held", finalizers: ["checks.test/hold"] };
      await kubectl.ok(create(namespace), JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata }));
      await kubectl.ok(["delete", "namespace", namespace, "--wait=false"]);
      expect(await kubectl.ok(["get", "namespace", namespace])).toMatch(/ Terminating /);
      expect(await kubectl.refused(["create", "configmap", "late", "-n", namespace])).toContain(
        `configmaps "late" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
      );
      const reason = '{.status.conditions[?(@.type=="NamespaceFinalizersRemaining")].message}';
      const text = "Some content in the namespace has finalizers remaining: checks.test/hold in 1 resource instances";
      await kubectl.ok(["wait", `namespace/${namespace}`, `--for=jsonpath=${reason}=${text}`, "--timeout=40s"]);
      const free = [
        "patch",
        "configmap",
        "held",
        "-n",
        namespace,
        "--type=merge",
        "-p",
        '{"metadata":{"finalizers":null}}',
      ];
      await kubectl.ok(free);
      await kubectl.ok(["wait", "--for=delete", `namespace/${namespace}`, "--timeout=45s"]);
    },
  },
  {
    title: "the namespaces of the cluster itself may not be deleted",
    run: async ({ kubectl }) => {
      expect(await kubectl.refused(["delete", "namespace", "kube-system", "--dry-run=server"])).toContain(
        'namespaces "kube-system" is forbidden: this namespace may not be deleted',
      );
    },
  },
  {
    title: "a namespace has its ServiceAccount and the cluster's certificate authority",
    run: async ({ kubectl }) => {
      expect(await kubectl.ok(["get", "serviceaccounts,configmaps", "-o", "name"])).toMatch(
        /configmap\/kube-root-ca.crt\n/,
      );
      const certificate = await kubectl.ok(["get", "configmap", "kube-root-ca.crt", "-o", "jsonpath={.data.ca\\.crt}"]);
      expect(certificate).toContain("BEGIN CERTIFICATE");
    },
  },
];

/** Checks of what the API server refuses, warns of and fills in. */
export const admission: readonly Check[] = [...podSecurity, ...limits, ...namespaces];
