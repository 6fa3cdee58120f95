import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { V1Pod } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { K8sClient, KubernetesError, names, PodStartError, podIsReady } from "../src/index.ts";

const kubeconfig = process.env["KUBECONFIG"] ?? "";
const namespace = `dev-k8s-${process.pid}`;
let client: K8sClient;
let counter = 0;

beforeAll(async () => {
  // The Lease of this client is in another namespace: it only makes and removes the one of the tests.
  await using admin = await K8sClient.connect({ kubeconfig, namespace: "default" });
  await admin.core.createNamespace({ body: { metadata: { name: namespace } } });
  client = await K8sClient.connect({ kubeconfig, namespace });
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await using admin = await K8sClient.connect({ kubeconfig, namespace: "default" });
  await admin.core.deleteNamespace({ name: namespace });
});

function busybox(owner: K8sClient, script: string, overrides: Partial<NonNullable<V1Pod["spec"]>> = {}): V1Pod {
  counter += 1;
  return {
    metadata: owner.owned(
      { name: names.podName("fc-test", "box", `${owner.instanceId}-${counter}`) },
      "process",
      "lambda",
    ),
    spec: {
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 0,
      containers: [
        { name: "main", image: "busybox:1.36", imagePullPolicy: "IfNotPresent", command: ["sh", "-c", script] },
      ],
      ...overrides,
    },
  };
}

async function started(script: string): Promise<V1Pod> {
  const pod = await client.createPod(busybox(client, script));
  const name = pod.metadata?.name ?? "";
  return await client.waitForPod(name, podIsReady, { timeoutMs: 60_000, what: "to be Ready", uid: pod.metadata?.uid });
}

test("a Pod is created, waited for, read, run in, dialled and deleted", async () => {
  const pod = await started("echo hello; nc -ll -p 8080 -e cat");
  const { name = "", uid = "" } = pod.metadata ?? {};
  expect(await client.waitForPodIp(name, 5_000)).toBe(pod.status?.podIP);
  await client.waitForTcp(pod.status?.podIP ?? "", 8080, 10_000);
  expect(await client.podLogs(pod, "main")).toBe("hello\n");
  expect(await client.exec(pod, "main", ["sh", "-c", "echo out; echo err >&2; exit 3"])).toEqual({
    stdout: Buffer.from("out\n"),
    stderr: "err\n",
    exitCode: 3,
    success: false,
  });
  const stream = await client.dial(pod, 8080);
  stream.write("ping\n");
  expect(String((await once(stream, "data"))[0])).toBe("ping\n");
  stream.destroy();
  await client.deletePod(name, { uid: "00000000-0000-0000-0000-000000000000" });
  expect((await client.getPod(name))?.metadata?.uid).toBe(uid);
  await client.deletePod(name, { uid });
  await client.waitForPodGone(name, uid, { timeoutMs: 30_000 });
  expect(await client.getPod(name)).toBeUndefined();
  await client.deletePod(name);
});

test("exec gives binary output of any size whole", async () => {
  const pod = await started("sleep 1000");
  const size = 8 * 1024 * 1024 + 1;
  const { stdout } = await client.exec(pod, "main", ["sh", "-c", `head -c ${size} /dev/zero`]);
  expect(stdout).toHaveLength(size);
  await expect(client.exec(pod, "nobody", ["true"])).rejects.toMatchObject({ httpStatus: 400 });
  await expect(client.exec(pod, "main", ["/no/such/program"])).rejects.toMatchObject({ code: "FC_K8S_EXEC_FAILED" });
});

test("a command reads its input to the end, and files come whole", async () => {
  const pod = await started("sleep 1000");
  const input = randomBytes(3 * 1024 * 1024);
  const echoed = await client.exec(pod, "main", ["sh", "-c", "tee /tmp/copy"], { stdin: input });
  expect(echoed.stdout.equals(input)).toBe(true);
  expect(await client.exec(pod, "main", ["head", "-c1"], { stdin: "what fits" })).toMatchObject({ exitCode: 0 });
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "copy");
  const written = await client.fetchFile(pod, "main", "/tmp/copy", path);
  expect(written).toEqual({
    sizeBytes: input.length,
    sha256: createHash("sha256").update(input).digest("hex"),
  });
  await expect(
    client.execToFile(pod, "main", ["cat", "/tmp/copy"], path, { expected: { ...written, sizeBytes: 1 } }),
  ).rejects.toMatchObject({ code: "FC_K8S_EXEC_FAILED" });
  expect((await readFile(path)).equals(input)).toBe(true);
  await expect(client.fetchFile(pod, "main", "/tmp/none", path)).rejects.toThrow("exit code 1");
});

test("a log is followed until the container ends", async () => {
  const pod = await client.createPod(busybox(client, "for i in 1 2 3; do echo line $i; sleep 0.3; done"));
  const lines: string[] = [];
  for await (const line of client.followLogs(pod, "main", { signal: AbortSignal.timeout(30_000) }))
    lines.push(String(line));
  expect(lines).toEqual(["line 1\n", "line 2\n", "line 3\n"]);
});

test("an unreachable Pod address leads through the API server's port-forward", async () => {
  const pod = await started("nc -ll -p 8080 -e cat");
  await client.waitForTcp(pod.status?.podIP ?? "", 8080, 10_000);
  await using laptop = await K8sClient.connect({ kubeconfig, namespace });
  const stream = await laptop.dial({ ...pod, status: { podIP: "192.0.2.1" } }, 8080);
  stream.write("ping\n");
  expect(String((await once(stream, "data"))[0])).toBe("ping\n");
  stream.destroy();
});

describe("a Pod that cannot start says why", () => {
  const failure = async (pod: V1Pod): Promise<PodStartError> => {
    const { metadata } = await client.createPod(pod);
    const waiting = client.waitForPod(metadata?.name ?? "", () => false, { timeoutMs: 60_000, what: "for ever" });
    const error: unknown = await waiting.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!PodStartError.is(error)) throw error;
    return error;
  };

  test("when the image cannot be pulled, in seconds", async () => {
    const containers = [{ name: "main", image: "nowhere.invalid/nothing:1" }];
    const begun = Date.now();
    const error = await failure(busybox(client, "", { containers }));
    expect(["ErrImagePull", "ImagePullBackOff"]).toContain(error.reason);
    expect(error.message).toContain("nowhere.invalid");
    expect(error.events.join()).toContain("Failed");
    expect(Date.now() - begun).toBeLessThan(20_000);
  });

  test("when its program ends", async () => {
    const error = await failure(busybox(client, "echo cannot find module; exit 7"));
    expect(error).toMatchObject({ exitCode: 7, logTail: "cannot find module\n" });
  });

  test("when it needs more memory than it may have", async () => {
    const memory = { limits: { memory: "16Mi" }, requests: { memory: "16Mi" } };
    const pod = busybox(client, "sleep 1; head -c 100000000 /dev/zero | tail");
    const [container] = pod.spec?.containers ?? [];
    const error = await failure({
      ...pod,
      spec: { ...pod.spec, containers: [{ ...(container as NonNullable<typeof container>), resources: memory }] },
    });
    expect(error).toMatchObject({ reason: "OOMKilled", exitCode: 137 });
  });

  test("when no node may take it", async () => {
    await using hasty = await K8sClient.connect({
      kubeconfig,
      namespace,
      environment: { FAKECLOUD_K8S_UNSCHEDULABLE_GRACE: "1" },
    });
    const { metadata } = await hasty.createPod(busybox(hasty, "true", { nodeSelector: { nowhere: "1" } }));
    const waiting = hasty.waitForPod(metadata?.name ?? "", podIsReady, { timeoutMs: 60_000, what: "to be Ready" });
    await expect(waiting).rejects.toMatchObject({ reason: "Unschedulable" });
  });
});

test("at its end a process takes along what it owns, and nothing of another or of its installation", async () => {
  const living = await K8sClient.connect({ kubeconfig, namespace });
  const ending = await K8sClient.connect({ kubeconfig, namespace, installationId: "inst" });
  const { metadata: gone } = await ending.createPod(busybox(ending, "sleep 1000"));
  const secret = { metadata: ending.owned({ name: "token" }, "process", "lambda"), stringData: { token: "x" } };
  await ending.createSecret(secret);
  const cacheMeta = ending.owned({ name: "cache" }, "installation", "elasticache");
  await ending.createPod({ ...busybox(ending, "sleep 1000"), metadata: cacheMeta });
  const { metadata: own } = await living.createPod(busybox(living, "sleep 1000"));
  await ending[Symbol.asyncDispose]();
  expect(await living.getPod(gone?.name ?? "")).toBeUndefined();
  expect(await living.getSecret("token")).toBeUndefined();
  for (const name of ["cache", own?.name ?? ""])
    expect((await living.getPod(name))?.metadata?.deletionTimestamp).toBeUndefined();
  await living[Symbol.asyncDispose]();
  expect(await client.getPod(own?.name ?? "")).toBeUndefined();
  await client.deletePod("cache", { gracePeriodSeconds: 0 });
});

test("Kubernetes itself removes what a process owned when its Lease goes", async () => {
  const brief = await K8sClient.connect({ kubeconfig, namespace });
  const pod = await brief.createPod(busybox(brief, "sleep 1000"));
  const { name = "", uid = "" } = pod.metadata ?? {};
  await client.coordination.deleteNamespacedLease({ name: `fakecloud-instance-${brief.instanceId}`, namespace });
  await client.waitForPodGone(name, uid, { timeoutMs: 60_000 });
  await brief[Symbol.asyncDispose]();
});

test("300 calls at once use at most 16 connections", async () => {
  const server = new URL((await serverOf()) ?? "");
  const sockets = new Set<number>();
  const { default: diagnostics } = await import("node:diagnostics_channel");
  const onSocket = (message: unknown): void => {
    const { socket } = message as { socket: ReturnType<typeof connect> };
    socket.once("connect", () => {
      if (socket.remotePort === Number(server.port)) sockets.add(socket.localPort ?? 0);
    });
  };
  diagnostics.subscribe("net.client.socket", onSocket);
  await using fresh = await K8sClient.connect({ kubeconfig, namespace });
  await Promise.all(Array.from({ length: 300 }, () => fresh.listPods("none=such")));
  diagnostics.unsubscribe("net.client.socket", onSocket);
  expect(sockets.size).toBeGreaterThan(0);
  expect(sockets.size).toBeLessThanOrEqual(16);
});

test("a refusal carries Kubernetes' own words", async () => {
  const pod = busybox(client, "true", { containers: [] });
  const failure = client.createPod(pod);
  await expect(failure).rejects.toSatisfy((error) => KubernetesError.is(error) && error.httpStatus === 422);
  await expect(failure).rejects.toThrow("spec.containers");
  const missing = K8sClient.connect({ kubeconfig, namespace: "there-is-no-such-namespace" });
  await expect(missing).rejects.toThrow(/kubectl create namespace there-is-no-such-namespace/);
});

async function serverOf(): Promise<string | undefined> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return config.getCurrentCluster()?.server;
}

async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "fc-k8s-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
