import assert from "node:assert/strict";
import { K8sPodConfig } from "../../pod-config/pod-config.ts";
import { podIsReady } from "../../pods/pod-status.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { failsToStart } from "../expectations.ts";
import { nameOf } from "../pod-reading.ts";

export const podConfigCases: readonly ConformanceCase[] = casesOf("pod config", (add) => {
  add("selector, tolerations and annotations of all levels are on the Pod", async ({ client, box, signal }) => {
    const environment = {
      FAKECLOUD_K8S_NODE_SELECTOR: "kubernetes.io/os=linux",
      FAKECLOUD_K8S_ANNOTATIONS: "team=all,level=base",
      FAKECLOUD_LAMBDA_K8S_TOLERATIONS: '[{"key":"spot","operator":"Exists","effect":"NoSchedule"}]',
    };
    const tags = { "fakecloud-k8s/annotations": "level=tag" };
    const config = K8sPodConfig.resolvedBase("FAKECLOUD_LAMBDA_K8S", environment).merge(K8sPodConfig.fromTags(tags));
    const { metadata } = await client.createPod(config.apply(box("sleep 1000")));
    const wait = { timeoutMs: 30_000, what: "to be ready", signal };
    const pod = await client.waitForPod(metadata?.name ?? "", podIsReady, wait);
    assert.equal(pod.spec?.nodeSelector?.["kubernetes.io/os"], "linux");
    assert.ok(pod.spec?.tolerations?.some(({ key, operator }) => key === "spot" && operator === "Exists"));
    const { team, level } = pod.metadata?.annotations ?? {};
    assert.deepEqual([team, level], ["all", "tag"]);
  });

  add("a selector that no node has keeps the Pod from starting", async ({ connect, box, signal }) => {
    const client = await connect({ environment: { FAKECLOUD_K8S_UNSCHEDULABLE_GRACE: "1" } });
    const config = K8sPodConfig.fromTags({ "fakecloud-k8s/node-selector": "kubernetes.io/os=plan9" });
    const pod = await client.createPod(config.apply(box("true", { owner: client })));
    const waiting = client.waitForPod(nameOf(pod), podIsReady, { timeoutMs: 30_000, what: "to be ready", signal });
    await failsToStart(waiting, { reason: "Unschedulable" });
  });
});
