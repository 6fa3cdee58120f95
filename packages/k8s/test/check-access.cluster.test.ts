import type { V1Pod } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AccessLine, type AccessReport, accessText, checkAccess, roleYaml } from "../src/index.ts";
import { AccountNamespace } from "./account-namespace.ts";

const admin = process.env["KUBECONFIG"] ?? "";
let namespace: AccountNamespace;
beforeAll(async () => {
  namespace = await AccountNamespace.create(`dev-k8s-access-${process.pid}`);
});
afterAll(() => namespace[Symbol.asyncDispose]());

const problems = ({ lines }: AccessReport): readonly AccessLine[] => lines.filter(({ state }) => state === "problem");
const pod = (overrides: object = {}): V1Pod => ({
  metadata: { name: "probe" },
  spec: {
    securityContext: { runAsNonRoot: true, runAsUser: 1_000, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "main",
        image: "busybox:1.36",
        resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { cpu: "100m", memory: "64Mi" } },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      },
    ],
    ...overrides,
  },
});

test("the admin's own cluster has no problem", async () => {
  const report = await checkAccess({ kubeconfig: admin, namespace: namespace.name, pods: [pod()] });
  expect(problems(report)).toEqual([]);
  expect(report.lines.filter(({ state }) => state === "warning")).toEqual([]);
});

test("a namespace that is not there is named with the command that makes it", async () => {
  const report = await checkAccess({ kubeconfig: admin, namespace: "dev-k8s-nowhere" });
  expect(problems(report)).toMatchObject([
    { code: "FC_K8S_ACCESS_NAMESPACE", fix: "kubectl create namespace dev-k8s-nowhere" },
  ]);
});

test("an account without a Role gets the command that binds it; with the Role nothing is amiss", async () => {
  const before = await checkAccess({ kubeconfig: namespace.kubeconfig });
  expect(before.identity).toBe(`system:serviceaccount:${namespace.name}:server`);
  expect(problems(before).length).toBeGreaterThan(20);
  const fix = `apply the Role of @fc/k8s, then kubectl -n ${namespace.name} create rolebinding fakecloud --role=fakecloud --serviceaccount=${namespace.name}:server`;
  expect(new Set(problems(before).map((line) => line.fix))).toEqual(new Set([fix]));
  await namespace.grant(roleYaml());
  const after = await checkAccess({ kubeconfig: namespace.kubeconfig, pods: [pod()] });
  expect(accessText(after)).toContain("No problems.");
  expect(after.lines.filter(({ state }) => state !== "ok")).toEqual([]);
});

test("a restricted namespace says what a Pod lacks", async () => {
  await namespace.kubectl("label", "namespace", namespace.name, "pod-security.kubernetes.io/enforce=restricted");
  const rootPod = pod({ securityContext: {} });
  const report = await checkAccess({ kubeconfig: namespace.kubeconfig, pods: [pod(), rootPod] });
  expect(problems(report)).toMatchObject([
    {
      code: "FC_K8S_ACCESS_POD",
      message: expect.stringContaining('violates PodSecurity "restricted'),
      fix: expect.stringContaining("pod-security.kubernetes.io/enforce=baseline"),
    },
  ]);
});

test("a quota that is used up, and one that a Pod does not fit into, are told apart from what fits", async () => {
  await namespace.kubectl("create", "quota", "small", "--hard=pods=5,requests.memory=32Mi");
  // The controller of quotas fills in what is used a moment later.
  await namespace.kubectl("wait", "quota/small", "--for=jsonpath={.status.used.pods}=0", "--timeout=30s");
  const report = await checkAccess({ kubeconfig: namespace.kubeconfig, pods: [pod()] });
  expect(problems(report)).toMatchObject([
    { code: "FC_K8S_ACCESS_POD", message: expect.stringContaining("exceeded quota: small") },
    { code: "FC_K8S_ACCESS_QUOTA", subject: "small requests.memory", message: expect.stringContaining("64Mi more") },
  ]);
  expect(report.lines.find(({ subject }) => subject === "small pods")).toMatchObject({ state: "ok" });
});
