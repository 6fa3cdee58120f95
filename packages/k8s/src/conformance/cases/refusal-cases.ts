import assert from "node:assert/strict";
import { podIsReady } from "../../pods/pod-status.ts";
import { until } from "../admin.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { refused } from "../expectations.ts";
import { firstLine, nameOf } from "../pod-reading.ts";
import { restrictNamespace } from "../restrict-namespace.ts";

export const refusalCases: readonly ConformanceCase[] = casesOf("refusals", (add) => {
  add("a Pod beyond the quota is refused at once, in Kubernetes' words", async (bench) => {
    const { client, admin, namespace, box, signal } = bench;
    const body = { metadata: { name: "few" }, spec: { hard: { pods: "1" } } };
    await admin.createNamespacedResourceQuota({ namespace, body });
    // A quota counts once its controller has seen it.
    const counts = async (): Promise<boolean> =>
      (await admin.readNamespacedResourceQuota({ namespace, name: "few" })).status?.hard?.["pods"] === "1";
    await until(counts, signal);
    const first = await client.createPod(box("sleep 1000"));
    const error = await refused(client.createPod(box("sleep 1000")), {
      code: "FC_K8S_FORBIDDEN",
      httpStatus: 403,
      reason: "Forbidden",
      message: /exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=1/,
    });
    assert.ok(error.isForbidden() && !error.retryable);
    await client.deletePod(nameOf(first), { gracePeriodSeconds: 0 });
    const freed = async (): Promise<boolean> =>
      (await admin.readNamespacedResourceQuota({ namespace, name: "few" })).status?.used?.["pods"] === "0";
    await until(freed, signal);
    await client.createPod(box("sleep 1000"));
  });

  add("a Pod that Pod Security forbids is refused with every reason", async (bench) => {
    const { client, box, signal } = bench;
    await restrictNamespace(bench);
    await refused(client.createPod(box("sleep 1000")), {
      code: "FC_K8S_FORBIDDEN",
      httpStatus: 403,
      reason: "Forbidden",
      message:
        /violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false .*unrestricted capabilities .*runAsNonRoot != true .*seccompProfile/,
    });
    assert.deepEqual(await client.listPods(""), []);
    const securityContext = {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      runAsNonRoot: true,
      runAsUser: 1_000,
      seccompProfile: { type: "RuntimeDefault" },
    };
    const pod = await client.createPod(box("id -u; sleep 1000", { container: { securityContext } }));
    await client.waitForPod(nameOf(pod), podIsReady, { timeoutMs: 30_000, what: "to be ready", signal });
    assert.equal(await firstLine(client, pod, signal), "1000\n");
  });

  add("a namespace that is ending takes nothing new", async (bench) => {
    const { client, admin, namespace, box } = bench;
    // What holds it in its end, as a controller's finalizer would.
    const held = { metadata: { name: "held", finalizers: ["example.com/hold"] } };
    await admin.createNamespacedConfigMap({ namespace, body: held });
    try {
      await admin.deleteNamespace({ name: namespace });
      const error = await refused(client.createPod(box("true")), {
        code: "FC_K8S_FORBIDDEN",
        httpStatus: 403,
        reason: "Forbidden",
        message: new RegExp(`unable to create new content in namespace ${namespace} because it is being terminated`),
      });
      assert.equal(error.status?.details?.causes?.[0]?.reason, "NamespaceTerminating");
    } finally {
      const body = [{ op: "remove", path: "/metadata/finalizers" }];
      await admin.patchNamespacedConfigMap({ namespace, name: "held", body });
    }
  });

  add(
    "what a Role does not grant is refused with the verb and the resource",
    async ({ admin, namespace, connect, kubeconfigWith }) => {
      const body = { spec: { audiences: [], expirationSeconds: 600 } };
      const token = await admin.createNamespacedServiceAccountToken({ namespace, name: "default", body });
      const kubeconfig = await kubeconfigWith((config) => {
        config.users = config.users.map(({ name }) => ({ name, token: token.status?.token ?? "" }));
      });
      await refused(connect({ kubeconfig }), {
        code: "FC_K8S_CONNECT_FAILED",
        httpStatus: 403,
        reason: "Forbidden",
        message: /cannot create resource "leases".*Not granted: .*\bcreate\b.* pods;.* leases\b/,
      });
    },
    { needs: ["accessControl"] },
  );
});
