import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { K8sClient, type KubernetesError, podIsReady } from "../src/index.ts";
import { type LogLine, recordingLogger } from "./support.ts";

const admin = process.env["KUBECONFIG"] ?? "";
const namespace = `dev-k8s-role-${process.pid}`;
const run = promisify(execFile);
const kubectl = async (...args: readonly string[]): Promise<string> =>
  (await run("kubectl", ["--kubeconfig", admin, "-n", namespace, ...args])).stdout.trim();

let directory: string;
let kubeconfig: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fc-role-"));
  kubeconfig = join(directory, "kubeconfig");
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const role = join(directory, "role.yaml");
  await writeFile(role, /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? "");
  await kubectl("create", "namespace", namespace);
  await kubectl("apply", "-f", role);
  await kubectl("create", "serviceaccount", "server");
  await kubectl("create", "rolebinding", "server", "--role=fakecloud", `--serviceaccount=${namespace}:server`);
  const token = await kubectl("create", "token", "server");
  const config = new KubeConfig();
  config.loadFromFile(admin);
  const user = { name: "server", token };
  config.loadFromOptions({
    clusters: config.clusters,
    users: [user],
    contexts: [{ name: "c", cluster: config.getCurrentCluster()?.name ?? "", user: "server", namespace }],
    currentContext: "c",
  });
  await writeFile(kubeconfig, config.exportConfig(), { mode: 0o600 });
});
afterAll(async () => {
  await kubectl("delete", "namespace", namespace, "--wait=false");
  await rm(directory, { recursive: true });
});

test("the Role of the README is enough for everything the client does", async () => {
  const lines: LogLine[] = [];
  const client = await K8sClient.connect({ kubeconfig, installationId: "inst", logger: recordingLogger(lines) });
  expect(client.namespace).toBe(namespace);
  const metadata = (name: string): object => client.owned({ name }, "process", "lambda");
  await client.createSecret({ metadata: metadata("s"), stringData: { a: "b" } });
  await client.createConfigMap({ metadata: metadata("c"), data: { a: "b" } });
  await client.createService({ metadata: metadata("svc"), spec: { ports: [{ port: 80 }], selector: { a: "b" } } });
  await client.patchService("svc", { metadata: { annotations: { a: "b" } } });
  expect((await client.getService("svc"))?.metadata?.annotations).toMatchObject({ a: "b" });
  expect([await client.getSecret("s"), await client.getConfigMap("c")]).not.toContain(undefined);
  await client.createPod({
    metadata: metadata("p"),
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "main", image: "busybox:1.36", imagePullPolicy: "IfNotPresent", command: ["sleep", "600"] }],
    },
  });
  const pod = await client.waitForPod("p", podIsReady, { timeoutMs: 60_000, what: "to be Ready" });
  await client.patchPod("p", { metadata: { annotations: { a: "b" } } });
  expect((await client.exec(pod, "main", ["echo", "out"])).stdout.toString()).toBe("out\n");
  expect(await client.podLogs(pod, "main")).toBe("");
  (
    await client.dial({ ...pod, status: { podIP: "192.0.2.1" } }, 9).catch((error: KubernetesError) => {
      // Nothing listens there: only a refusal by RBAC would be wrong.
      expect(error.message).not.toContain("forbidden");
    })
  )?.destroy();
  expect(await client.reapStale("lambda")).toBe(0);
  await client.createPod({
    metadata: metadata("bad"),
    spec: { containers: [{ name: "m", image: "nowhere.invalid/x:1" }] },
  });
  const failure = client.waitForPod("bad", podIsReady, { timeoutMs: 60_000, what: "to be Ready" });
  await expect(failure).rejects.toMatchObject({ events: expect.arrayContaining([expect.stringContaining("Failed")]) });
  await client[Symbol.asyncDispose]();
  expect(lines.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
  expect(await kubectl("get", "pods,services,secrets,leases", "-o", "name")).toBe("");
});

test("what the Role does not grant is refused by name", async () => {
  await kubectl("delete", "rolebinding", "server");
  await expect(K8sClient.connect({ kubeconfig })).rejects.toThrow(
    /leases.*is forbidden.*Role of this package's README/,
  );
});
