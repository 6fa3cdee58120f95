import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { V1Pod } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AccessReport, K8sClient, podIsReady, roleYaml } from "../src/index.ts";
import { AccountNamespace } from "./account-namespace.ts";
import { installFiles } from "./in-cluster/install-files.ts";

const folder = "/tmp/app";
let namespace: AccountNamespace;
let admin: K8sClient;
beforeAll(async () => {
  const repository = join(import.meta.dirname, "..", "..", "..");
  await promisify(execFile)(join(repository, "node_modules", ".bin", "turbo"), ["run", "build", "--filter=@fc/k8s"], {
    cwd: repository,
  });
  namespace = await AccountNamespace.create(`dev-k8s-inside-${process.pid}`);
  await namespace.kubectl("label", "namespace", namespace.name, "pod-security.kubernetes.io/enforce=restricted");
  await namespace.grant(roleYaml());
  admin = await K8sClient.connect({ kubeconfig: process.env["KUBECONFIG"] ?? "", namespace: namespace.name });
});
afterAll(async () => {
  await admin[Symbol.asyncDispose]();
  await namespace[Symbol.asyncDispose]();
});

/** A Pod of the account that may what the Role says, which runs the probe once it is installed. */
async function serverPod(name: string): Promise<V1Pod> {
  await admin.createPod({
    metadata: { name },
    spec: {
      serviceAccountName: "server",
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, runAsUser: 1_000, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "main",
          image: "public.ecr.aws/lambda/nodejs:24",
          imagePullPolicy: "IfNotPresent",
          command: ["sh", "-c", `until [ -e ${folder}/start ]; do sleep 0.1; done; exec node ${folder}/probe.mjs hold`],
          env: [
            { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
            { name: "POD_UID", valueFrom: { fieldRef: { fieldPath: "metadata.uid" } } },
          ],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  });
  const pod = await admin.waitForPod(name, podIsReady, { timeoutMs: 60_000, what: "to be Ready" });
  await installFiles(admin, name, "main", folder);
  return pod;
}

test("the built package works in a Pod with its service account, and reports that nothing is amiss", async () => {
  const pod = await serverPod("server");
  const { stdout, stderr } = await admin.exec(pod, "main", ["node", `${folder}/probe.mjs`, "check"]);
  expect(stderr).toBe("");
  const said = JSON.parse(stdout.toString()) as { report: AccessReport; text: string };
  expect(said).toMatchObject({ inCluster: true, namespace: namespace.name, user: "1000" });
  expect(said.report).toMatchObject({ ok: true, identity: `system:serviceaccount:${namespace.name}:server` });
  // A namespaced Role does not let it read the namespace itself, and need not.
  expect(said.report.lines.filter(({ state }) => state !== "ok")).toEqual([]);
  expect(said.text).toContain("No problems.");
});

test("what a server's process owns goes with the server's Pod", async () => {
  const pod = await serverPod("holder");
  await admin.exec(pod, "main", ["touch", `${folder}/start`]);
  let log = "";
  for await (const chunk of admin.followLogs(pod, "main", { signal: AbortSignal.timeout(60_000) })) {
    log += Buffer.from(chunk).toString("utf8");
    if (log.includes("\n")) break;
  }
  const { holds } = JSON.parse(log) as { holds: string };
  const selector = `fakecloud-instance=${holds}`;
  const owned = async (): Promise<string[]> =>
    (await namespace.kubectl("get", "pods,secrets,leases", "-l", selector, "-o", "name")).split("\n").filter(Boolean);
  expect(await owned()).toHaveLength(3);
  const lease = await admin.coordination.readNamespacedLease({
    name: `fakecloud-instance-${holds}`,
    namespace: namespace.name,
  });
  expect(lease.metadata?.ownerReferences).toMatchObject([{ kind: "Pod", name: "holder", uid: pod.metadata?.uid }]);
  await admin.deletePod("holder", { uid: pod.metadata?.uid });
  await expect.poll(owned, { timeout: 60_000, interval: 500 }).toEqual([]);
});
