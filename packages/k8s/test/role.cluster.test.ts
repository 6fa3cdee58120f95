import { afterAll, beforeAll, expect, test } from "vitest";
import { K8sClient, type KubernetesError, podIsReady, roleYaml } from "../src/index.ts";
import { AccountNamespace } from "./account-namespace.ts";
import { type LogLine, recordingLogger } from "./support.ts";

let namespace: AccountNamespace;
beforeAll(async () => {
  namespace = await AccountNamespace.create(`dev-k8s-role-${process.pid}`);
  await namespace.grant(roleYaml());
});
afterAll(() => namespace[Symbol.asyncDispose]());

test("the Role is enough for everything the client does", async () => {
  const lines: LogLine[] = [];
  const client = await K8sClient.connect({
    kubeconfig: namespace.kubeconfig,
    installationId: "inst",
    logger: recordingLogger(lines),
  });
  expect(client.namespace).toBe(namespace.name);
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
  expect(await namespace.kubectl("get", "pods,services,secrets,leases", "-o", "name")).toBe("");
});

test("what the Role does not grant is refused by name", async () => {
  await namespace.kubectl("delete", "rolebinding", "server");
  await expect(K8sClient.connect({ kubeconfig: namespace.kubeconfig })).rejects.toThrow(
    /leases.*is forbidden.*Not granted: create, get, list.* pods;.*create rolebinding fakecloud.*:server.*checkAccess\(\)/,
  );
});
