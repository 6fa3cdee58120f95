import { vi } from "vitest";
import { post } from "./post-object.ts";
import { kubectl } from "./server-on-cluster.ts";

export interface Pod {
  readonly name: string;
  readonly ip: string | undefined;
  readonly node: string | undefined;
  readonly phase: string;
  readonly deleting: boolean;
  readonly nodeSelector: Readonly<Record<string, string>>;
}

/** Function Pods of a namespace, those that wait for functions included. */
export async function functionPods(namespace: string, selector = "fakecloud-service=lambda"): Promise<readonly Pod[]> {
  const list = JSON.parse(await kubectl("get", "pods", "-n", namespace, "-l", selector, "-o", "json")) as {
    items: {
      metadata: { name: string; deletionTimestamp?: string };
      spec: { nodeName?: string; nodeSelector?: Record<string, string> };
      status: { podIP?: string; phase: string };
    }[];
  };
  return list.items.map(({ metadata, spec, status }) => ({
    name: metadata.name,
    ip: status.podIP,
    node: spec.nodeName,
    phase: status.phase,
    deleting: metadata.deletionTimestamp !== undefined,
    nodeSelector: spec.nodeSelector ?? {},
  }));
}

/** Name of the Pod at this address, as soon as its kubelet has told the address. */
export async function podAt(namespace: string, ip: string): Promise<string> {
  const find = async (): Promise<string | undefined> =>
    (await functionPods(namespace)).find((pod) => pod.ip === ip && !pod.deleting)?.name;
  return await vi.waitUntil(find, { timeout: 20_000, interval: 200 });
}

/** Takes a Pod away at once. */
export async function killPod(namespace: string, name: string): Promise<void> {
  await kubectl("delete", "pod", name, "-n", namespace, "--grace-period=0", "--force", "--wait=false");
}

/** Asks for a Pod's eviction, as draining a node does. */
export async function evictPod(namespace: string, name: string, environment?: Record<string, string>): Promise<void> {
  const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
  await post(`/api/v1/namespaces/${namespace}/pods/${name}/eviction`, body, environment);
}
