import { errorText } from "@fc/core";
import { type CheckPodReachOptions, checkPodReach, type K8sClient } from "@fc/k8s";
import type { DoctorLine } from "./doctor-line.ts";

type Probe = Omit<CheckPodReachOptions, "urls" | "signal">;

const port = 8_080;
const timeoutMs = 60_000;

/** Whether Pods resolve the names of Services, which endpoints of caches may be. */
export async function checkDns(client: K8sClient, probe: Probe, signal: AbortSignal): Promise<DoctorLine> {
  const base = { code: "FC_DOCTOR_DNS", subject: "names of Services" } as const;
  // The API server does not like being asked so; that it can be asked is what counts.
  const reach = await checkPodReach(client, { ...probe, urls: ["http://kubernetes.default.svc:443/"], signal });
  if (reach.state === "unknown") {
    const message = `whether Pods resolve names could not be found out: ${reach.detail}`;
    return { ...base, state: "warning", message, fix: `make ${probe.image ?? "busybox:1.36"} available to the nodes` };
  }
  // A name server that is not there is waited for in vain.
  if (reach.state === "reached" || !/bad address|resolv|within \d+ s/i.test(reach.detail))
    return { ...base, state: "ok", message: "Pods resolve the names of Services" };
  const message = `Pods do not resolve the names of Services: ${reach.detail}`;
  const fix = "look at the cluster's DNS, or set FAKECLOUD_ELASTICACHE_ENDPOINTS=cluster-ip";
  return { ...base, state: "warning", message, fix };
}

/** Whether the server reaches Pods, by their addresses or through the API server. */
export async function checkDial(client: K8sClient, probe: Probe, signal: AbortSignal): Promise<DoctorLine> {
  const base = { code: "FC_DOCTOR_DIAL", subject: "the server reaches Pods" } as const;
  const container = {
    name: "listens",
    ...(probe.image === undefined ? {} : { image: probe.image }),
    command: ["httpd", "-f", "-p", String(port), "-h", "/"],
    resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } },
    readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
  };
  const pull = probe.pullSecret === undefined ? {} : { imagePullSecrets: [{ name: probe.pullSecret }] };
  const options = { owner: "process", service: "server", defaults: { runAsUser: 65_534 }, signal } as const;
  const config = probe.podConfig === undefined ? {} : { podConfig: probe.podConfig };
  try {
    const pod = { metadata: { generateName: "fakecloud-doctor-" }, spec: { ...pull, containers: [container] } };
    const started = await client.startPod(pod, { ...options, ...config, until: "ready", timeoutMs });
    const { name = "", uid } = started.metadata ?? {};
    try {
      (await client.dial(started, port, { signal })).destroy();
    } finally {
      await client.discardPod({ name, uid, gracePeriodSeconds: 0 });
    }
    return { ...base, state: "ok", message: "the server reaches Pods" };
  } catch (error) {
    signal.throwIfAborted();
    const message = `the server does not reach Pods, which snapshots, reboots of caches and the transport rie need: ${errorText(error)}`;
    const fix = "run the server where Pod addresses are routed, or grant get on pods/portforward";
    return { ...base, state: "warning", message, fix };
  }
}
