import assert from "node:assert/strict";
import { labels, managedByValue } from "../../labels.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { failureOf, refused } from "../expectations.ts";

/** The limit is not what is asked for here. */
const rateLimit = { perSecond: 10_000, burst: 10_000 };

export const connectCases: readonly ConformanceCase[] = casesOf("connect", (add) => {
  add("a process shows itself by a Lease of the server's time", async ({ client, namespace }) => {
    const name = `fakecloud-instance-${client.instanceId}`;
    const lease = await client.coordination.readNamespacedLease({ name, namespace });
    assert.equal(lease.spec?.holderIdentity, client.instanceId);
    assert.equal(lease.spec?.leaseDurationSeconds, 30);
    assert.equal(lease.metadata?.labels?.[labels.managedBy], managedByValue);
    const created = new Date(lease.metadata?.creationTimestamp ?? 0).getTime();
    const renewed = new Date(lease.spec?.renewTime ?? 0).getTime();
    assert.ok(Math.abs(renewed - created) <= 2_000, `renewed ${renewed - created} ms from its creation`);
    assert.equal(client.namespace, namespace);
    assert.equal(client.installationId, client.instanceId);
  });

  add("the namespace of the kubeconfig's context is used when none is given", async (bench) => {
    const kubeconfig = await bench.kubeconfigWith((config) => {
      config.contexts = config.contexts.map((context) => ({ ...context, namespace: bench.namespace }));
    });
    const client = await bench.connect({ kubeconfig, namespace: undefined as never });
    assert.equal(client.namespace, bench.namespace);
    assert.notEqual(client.instanceId, bench.client.instanceId);
  });

  add("a namespace that does not exist is told, with what to do", async (bench) => {
    const namespace = `${bench.namespace}-not`;
    const error = await refused(bench.connect({ namespace }), {
      code: "FC_K8S_CONNECT_FAILED",
      httpStatus: 404,
      reason: "NotFound",
      message: new RegExp(`namespaces "${namespace}" not found.*kubectl create namespace ${namespace}`),
    });
    assert.equal(error.retryable, false);
  });

  add("credentials that are not known are told", async (bench) => {
    const kubeconfig = await bench.kubeconfigWith((config) => {
      config.users = config.users.map(({ name }) => ({ name, token: "nobody" }));
    });
    await refused(bench.connect({ kubeconfig }), {
      code: "FC_K8S_CONNECT_FAILED",
      httpStatus: 401,
      reason: "Unauthorized",
      message: new RegExp(`namespace ${bench.namespace}`),
    });
  });

  add("a server whose certificate is of another authority is not talked to", async (bench) => {
    const kubeconfig = await bench.kubeconfigWith((config) => {
      config.clusters = config.clusters.map(({ name, server }) => ({ name, server, skipTLSVerify: false }));
    });
    await refused(bench.connect({ kubeconfig }), { code: "FC_K8S_CONNECT_FAILED", message: /certificate/ });
  });

  add("a server that is away is told as something that may pass", async (bench) => {
    const proxy = await bench.proxy();
    await using _outage = await proxy.outage();
    const error = await refused(bench.connect({ kubeconfig: proxy.kubeconfigPath }), {
      code: "FC_K8S_CONNECT_FAILED",
      message: /ECONNREFUSED/,
    });
    assert.equal(error.retryable, true);
  });

  add("an aborted connect ends with the signal's reason and leaves nothing", async (bench) => {
    const reason = new Error("not wanted any more");
    assert.equal(await failureOf(bench.connect({ signal: AbortSignal.abort(reason) })), reason);
    const { items } = await bench.client.coordination.listNamespacedLease({ namespace: bench.namespace });
    assert.equal(items.length, 1);
  });

  add("closing ends the Lease at once, and closing twice is fine", async (bench) => {
    const client = await bench.connect();
    await Promise.all([client[Symbol.asyncDispose](), client[Symbol.asyncDispose]()]);
    await client[Symbol.asyncDispose]();
    const { items } = await bench.client.coordination.listNamespacedLease({ namespace: bench.namespace });
    assert.deepEqual(
      items.map(({ spec }) => spec?.holderIdentity),
      [bench.client.instanceId],
    );
  });

  add("300 calls at once use at most 16 connections", async (bench) => {
    const proxy = await bench.proxy();
    const client = await bench.connect({ kubeconfig: proxy.kubeconfigPath, rateLimit });
    await Promise.all(Array.from({ length: 300 }, () => client.listPods("none=such")));
    const { openConnections } = proxy.counters;
    assert.ok(openConnections > 0 && openConnections <= 16, `${openConnections} connections`);
  });
});
