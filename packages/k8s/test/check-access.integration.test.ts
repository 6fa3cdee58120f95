import type { V1Pod } from "@kubernetes/client-node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AccessLine, type AccessReport, accessText, type CheckAccessOptions, checkAccess } from "../src/index.ts";
import { FakeApiServer, sendJson, statusAnswer } from "../src/testing/index.ts";
import { StepClock } from "./step-clock.ts";
import { connectTo } from "./support.ts";

let server: FakeApiServer;
beforeEach(async () => {
  server = await FakeApiServer.start();
});
afterEach(() => server[Symbol.asyncDispose]());

const check = (options: CheckAccessOptions = {}): Promise<AccessReport> =>
  checkAccess({ kubeconfig: server.kubeconfigPath, clock: new StepClock(), ...options });
const notOk = ({ lines }: AccessReport): readonly AccessLine[] => lines.filter(({ state }) => state !== "ok");
const pod = (memory: string): V1Pod => ({
  metadata: { name: "function" },
  spec: { containers: [{ name: "main", image: "i", resources: { requests: { memory } } }] },
});

test("a good cluster has no problems, and nothing is written", async () => {
  const report = await check({ pods: [pod("1Gi")] });
  expect(notOk(report)).toEqual([]);
  expect(report).toMatchObject({ ok: true, identity: "fake-user", namespace: "fake-namespace", inCluster: false });
  expect(accessText(report)).toContain("connected as fake-user");
  expect(server.objects.version).toBe("100");
});

test("each missing verb is one line with the rule to add", async () => {
  server.denied.add("deletecollection secrets").add("update leases.coordination.k8s.io");
  const report = await check();
  expect(report.ok).toBe(false);
  expect(notOk(report)).toMatchObject([
    { state: "problem", subject: "deletecollection secrets" },
    {
      state: "problem",
      subject: "update leases.coordination.k8s.io",
      fix: 'add to the Role: {apiGroups: ["coordination.k8s.io"], resources: [leases], verbs: [update]}',
    },
  ]);
});

test("what the client works without is a warning that says what is lost", async () => {
  server.denied.add("list events").add("create pods/exec");
  const report = await check();
  expect(report.ok).toBe(true);
  const [exec, events] = notOk(report);
  expect(exec).toMatchObject({ state: "warning", message: expect.stringContaining("from Kubernetes 1.35 on") });
  expect(events).toMatchObject({ state: "warning", message: expect.stringContaining("without their events") });
});

test("from 1.35 on a WebSocket needs the verb create too", async () => {
  server.denied.add("create pods/portforward");
  server.next("GET", "/version", (_request, response) => sendJson(response, 200, { gitVersion: "v1.35.2" }));
  expect((await check()).lines.find(({ subject }) => subject === "create pods/portforward")?.state).toBe("problem");
});

test.each([
  ["v1.28.9", "problem", "older than 1.29"],
  ["v1.29.0-eks-1", "ok", "v1.29.0-eks-1"],
  ["v1.99.0", "warning", "newer than"],
  ["three", "warning", "three"],
])("version %s is %s", async (gitVersion, state, words) => {
  server.next("GET", "/version", (_request, response) => sendJson(response, 200, { gitVersion }));
  const { lines } = await check();
  expect(lines[0]).toMatchObject({
    code: "FC_K8S_ACCESS_VERSION",
    state,
    message: expect.stringContaining(words),
  });
});

test("a namespace that is missing is found out without permission to read it", async () => {
  server.next("GET", "/namespaces/fake-namespace", statusAnswer(403, "Forbidden", "no"));
  server.next("POST", "/leases", statusAnswer(404, "NotFound", 'namespaces "fake-namespace" not found'));
  const report = await check({ pods: [pod("1")] });
  expect(notOk(report)).toMatchObject([
    { code: "FC_K8S_ACCESS_NAMESPACE", state: "problem", fix: "kubectl create namespace fake-namespace" },
  ]);
});

test("a Pod that Pod Security refuses is a problem in the server's words; a warning is passed on", async () => {
  const words = 'pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true';
  server.next("POST", "/pods", statusAnswer(403, "Forbidden", words));
  expect(notOk(await check({ pods: [pod("1")] }))).toMatchObject([
    {
      state: "problem",
      message: expect.stringContaining("runAsNonRoot"),
      fix: expect.stringContaining("enforce=baseline"),
    },
  ]);
  server.next("POST", "/pods", (_request, response) => {
    response.setHeader("Warning", '299 - "would violate PodSecurity"');
    sendJson(response, 201, {});
  });
  expect(notOk(await check({ pods: [pod("1")] }))).toMatchObject([
    { state: "warning", message: expect.stringContaining("would violate PodSecurity") },
  ]);
});

test("a quota that leaves too little says how much is used", async () => {
  server.objects.put("/api/v1/namespaces/fake-namespace/resourcequotas", {
    metadata: { name: "compute" },
    status: {
      hard: { "requests.memory": "1Gi", pods: "10", "requests.nvidia.com/gpu": "0" },
      used: { "requests.memory": "900Mi", pods: "3", "requests.nvidia.com/gpu": "0" },
    },
  });
  const report = await check({ pods: [pod("100Mi"), pod("100Mi")] });
  expect(notOk(report)).toMatchObject([
    {
      code: "FC_K8S_ACCESS_QUOTA",
      subject: "compute requests.memory",
      message: expect.stringContaining("900Mi of 1Gi requests.memory are used, 200Mi more"),
    },
  ]);
  expect((await check({ pods: [pod("100Mi")] })).ok).toBe(true);
});

test("no answer and refused credentials are problems of the connection", async () => {
  server.next("GET", "/version", statusAnswer(401, "Unauthorized", "who?"));
  server.next("GET", "/version", statusAnswer(401, "Unauthorized", "who?"));
  expect(notOk(await check())).toMatchObject([
    { code: "FC_K8S_ACCESS_CONNECTION", message: expect.stringContaining("who?") },
  ]);
  const nowhere = await checkAccess({ environment: { KUBECONFIG: "/no/such/file" } });
  expect(nowhere).toMatchObject({ ok: false, server: "" });
  expect(accessText(nowhere)).toContain("/no/such/file");
});

test("a client that may not make its Lease says everything that is missing", async () => {
  server.denied.add("create leases.coordination.k8s.io").add("list pods").add("get pods");
  server.next("POST", "/leases", statusAnswer(403, "Forbidden", "cannot create leases"));
  await expect(connectTo(server)).rejects.toThrow(
    /cannot create leases.*Not granted: get, list pods; create leases\.coordination\.k8s\.io.*checkAccess\(\)/,
  );
});
