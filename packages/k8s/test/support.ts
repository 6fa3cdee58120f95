import type { LogFields, Logger } from "@fc/core";
import type { V1Pod } from "@kubernetes/client-node";
import { type ConnectOptions, K8sClient, type PodChange } from "../src/index.ts";
import type { FakeApiServer, FakeObject } from "../src/testing/index.ts";

const core = "/api/v1/namespaces/fake-namespace";
type Collection = "pods" | "secrets" | "services" | "configMaps" | "events" | "leases";
export const paths: Readonly<Record<Collection, string>> = {
  pods: `${core}/pods`,
  secrets: `${core}/secrets`,
  services: `${core}/services`,
  configMaps: `${core}/configmaps`,
  events: `${core}/events`,
  leases: "/apis/coordination.k8s.io/v1/namespaces/fake-namespace/leases",
};

export function connectTo(server: FakeApiServer, options: ConnectOptions = {}): Promise<K8sClient> {
  return K8sClient.connect({ kubeconfig: server.kubeconfigPath, ...options });
}

/** A managed Pod as JSON. */
export function podJson(name: string, status: object = { phase: "Pending" }, labels: object = {}): FakeObject {
  return {
    metadata: { name, labels: { "fakecloud-managed-by": "fakecloud", ...labels } },
    spec: { restartPolicy: "Never", containers: [{ name: "main", image: "i" }] },
    status,
  };
}

export const readyStatus: object = {
  phase: "Running",
  podIP: "127.0.0.1",
  conditions: [{ type: "Ready", status: "True" }],
};

/** Collects the changes that a client tells of, and waits for one. */
export function changesOf(client: K8sClient): {
  readonly seen: string[];
  readonly until: (text: string) => Promise<void>;
} {
  const seen: string[] = [];
  let wake = (): void => undefined;
  client.onPodChange((type: PodChange, pod: V1Pod) => {
    seen.push(`${type} ${pod.metadata?.name} ${pod.status?.phase}`);
    wake();
  });
  const until = async (text: string): Promise<void> => {
    while (!seen.includes(text))
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  };
  return { seen, until };
}

/** Waits until a condition of the play holds that nothing tells of: looks at every turn of the event loop. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly fields: LogFields;
  readonly message: string;
}

/** A logger whose lines the test reads. */
export function recordingLogger(lines: LogLine[]): Logger {
  const at =
    (level: LogLine["level"]) =>
    (fields: LogFields, message: string): void => {
      lines.push({ level, fields, message });
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
