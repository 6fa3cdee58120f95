import { afterAll, beforeAll, expect, test } from "vitest";
import { K8sClient } from "../src/index.ts";

const kubeconfig = process.env["KUBECONFIG"] ?? "";
const namespace = `dev-start-${process.pid}`;
let client: K8sClient;

beforeAll(async () => {
  await using admin = await K8sClient.connect({ kubeconfig, namespace: "default" });
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await admin.core.createNamespace({ body: { metadata: { name: namespace, labels } } });
  client = await K8sClient.connect({ kubeconfig, namespace });
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await using admin = await K8sClient.connect({ kubeconfig, namespace: "default" });
  await admin.core.deleteNamespace({ name: namespace });
});

const box = (image: string) => ({
  metadata: { generateName: "box-" },
  spec: { containers: [{ name: "main", image, command: ["sleep", "1000"] }] },
});
const options = {
  owner: "process",
  service: "lambda",
  timeoutMs: 60_000,
  defaults: { runAsUser: 1_000, memoryMib: 32, cpuMillis: 10, activeDeadlineSeconds: 600 },
} as const;

test("a Pod with the defaults is admitted under Pod Security restricted and runs", async () => {
  const pod = await client.startPod(box("busybox:1.36"), { ...options, until: "ready" });
  expect(pod.status?.qosClass).toBe("Burstable");
  const { stdout } = await client.exec(pod, "main", ["id", "-u"]);
  expect(stdout.toString()).toBe("1000\n");
});

test("a Pod that does not start, or is given up while it does, leaves nothing", async () => {
  const failed = client.startPod(box("nowhere.invalid/nothing:1"), { ...options, until: "ready" });
  await expect(failed).rejects.toMatchObject({ code: "FC_K8S_POD_START_FAILED" });
  const controller = new AbortController();
  const aborted = client.startPod(box("busybox:1.36"), { ...options, until: () => false, signal: controller.signal });
  aborted.catch(() => undefined);
  const seen = new Promise<void>((resolve) => {
    client.onPodChange((type, pod) => {
      if (type !== "deleted" && pod.status?.phase === "Pending") resolve();
    });
  });
  await seen;
  controller.abort(new Error("enough"));
  await expect(aborted).rejects.toThrow("enough");
  const all = async (): Promise<number> => (await client.listPods("")).length;
  await expect.poll(all, { timeout: 30_000, interval: 250 }).toBe(1);
});
