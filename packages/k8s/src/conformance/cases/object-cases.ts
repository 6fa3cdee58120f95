import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { KubernetesObject, V1ConfigMap } from "@kubernetes/client-node";
import type { Bench } from "../bench.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { failureOf, refused } from "../expectations.ts";
import { nameOf } from "../pod-reading.ts";
import { configMapVerbs, podVerbs, secretVerbs, serviceVerbs, type Verbs } from "./verbs.ts";

export const objectCases: readonly ConformanceCase[] = casesOf("objects", (add) => {
  const lives = <T extends KubernetesObject>(kind: string, verbsOf: (bench: Bench) => Verbs<T>): void =>
    add(`${kind} are created, read, listed and deleted, only the one that is meant`, (bench) =>
      liveAndDie(verbsOf(bench)),
    );
  lives("Pods", podVerbs);
  lives("Secrets", secretVerbs);
  lives("ConfigMaps", configMapVerbs);
  lives("Services", serviceVerbs);

  add("a Pod is patched by a merge patch, in which null removes", async ({ client, box }) => {
    const pod = box("sleep 1000");
    const name = nameOf(pod);
    await client.createPod({ ...pod, metadata: { ...pod.metadata, annotations: { kept: "1", gone: "2" } } });
    const patched = await client.patchPod(name, { metadata: { annotations: { gone: null, added: "3" } } });
    const { kept, gone, added } = patched.metadata?.annotations ?? {};
    assert.deepEqual([kept, gone, added], ["1", undefined, "3"]);
    assert.deepEqual((await client.getPod(name))?.metadata?.annotations, patched.metadata?.annotations);
  });

  add("a patch that may not be, or of nothing, is refused in Kubernetes' words", async ({ client, box }) => {
    const pod = await client.createPod(box("sleep 1000"));
    const name = nameOf(pod);
    await refused(client.patchPod(name, { spec: { restartPolicy: "Always" } }), {
      code: "FC_K8S_INVALID",
      httpStatus: 422,
      reason: "Invalid",
      message: /pod updates may not change fields other than/,
    });
    await refused(client.patchPod("nobody", { metadata: { annotations: { a: "b" } } }), {
      code: "FC_K8S_NOT_FOUND",
      httpStatus: 404,
      reason: "NotFound",
      message: /pods "nobody" not found/,
    });
  });

  add("a Service is patched, and keeps its address", async (bench) => {
    const { make, create } = serviceVerbs(bench);
    const service = await create(make({}));
    assert.match(service.spec?.clusterIP ?? "", /^[0-9a-f.:]+$/);
    const name = service.metadata?.name ?? "";
    const patched = await bench.client.patchService(name, { spec: { selector: { app: "other" } } });
    assert.deepEqual(patched.spec?.selector, { app: "other" });
    assert.equal((await bench.client.getService(name))?.spec?.clusterIP, service.spec?.clusterIP);
  });

  add("a Lease is replaced only from its current version", async ({ client, namespace }) => {
    const { coordination } = client;
    const metadata = { name: "turns" };
    const created = await coordination.createNamespacedLease({ namespace, body: { metadata, spec: {} } });
    const body = { ...created, spec: { holderIdentity: "first" } };
    const first = await coordination.replaceNamespacedLease({ name: "turns", namespace, body });
    assert.equal(first.spec?.holderIdentity, "first");
    const late = coordination.replaceNamespacedLease({ name: "turns", namespace, body });
    const error = await refused(late, {
      code: "FC_K8S_CONFLICT",
      httpStatus: 409,
      reason: "Conflict",
      message: /the object has been modified/,
    });
    assert.ok(error.isConflict());
    await coordination.deleteNamespacedLease({ name: "turns", namespace });
    const { items } = await coordination.listNamespacedLease({ namespace, fieldSelector: "metadata.name=turns" });
    assert.deepEqual(items, []);
  });

  add("a list of more than one page comes whole", async (bench) => {
    const client = await bench.connect({ rateLimit: { perSecond: 10_000, burst: 10_000 } });
    const { make, create, list } = configMapVerbs({ client });
    const made = await Promise.all(Array.from({ length: 501 }, () => create(make({ page: "yes" }))));
    const listed = await list("page=yes");
    const namesOf = (objects: readonly V1ConfigMap[]): unknown[] =>
      objects.map(({ metadata }) => metadata?.name).sort();
    assert.deepEqual(namesOf(listed), namesOf(made));
  });

  add("an object that cannot be is refused with the field at fault", async ({ client, box }) => {
    const error = await refused(client.createPod(box("true", { spec: { containers: [] } })), {
      code: "FC_K8S_INVALID",
      httpStatus: 422,
      reason: "Invalid",
      message: /spec\.containers: Required value/,
    });
    assert.equal(error.retryable, false);
    assert.equal(error.status?.details?.causes?.[0]?.field, "spec.containers");
    await refused(client.createPod(box("true", { name: "Not_A_Name" })), { code: "FC_K8S_INVALID", httpStatus: 422 });
  });

  add("a call that is aborted ends with the signal's reason", async ({ client }) => {
    const reason = new Error("not wanted any more");
    assert.equal(await failureOf(client.getPod("any", { signal: AbortSignal.abort(reason) })), reason);
  });
});

async function liveAndDie<T extends KubernetesObject>(verbs: Verbs<T>): Promise<void> {
  const label = { case: randomUUID() };
  const object = verbs.make(label);
  const name = object.metadata?.name ?? "";
  assert.equal(await verbs.get(name), undefined);
  const created = await verbs.create(object);
  const uid = created.metadata?.uid ?? "";
  assert.ok(created.metadata?.creationTimestamp instanceof Date, "times are Dates");
  assert.deepEqual(verbs.content(created), verbs.content(object));
  const read = await verbs.get(name);
  assert.deepEqual([read?.metadata?.uid, read && verbs.content(read)], [uid, verbs.content(object)]);
  const again = await refused(verbs.create(object), {
    code: "FC_K8S_CONFLICT",
    httpStatus: 409,
    reason: "AlreadyExists",
    message: new RegExp(`"${name}" already exists`),
  });
  assert.ok(again.isAlreadyExists() && !again.isConflict());
  const other = await verbs.create(verbs.make({ case: "other" }));
  const listed = await verbs.list(`case=${label.case}`);
  assert.deepEqual(
    listed.map(({ metadata }) => metadata?.uid),
    [uid],
  );
  await verbs.remove(name, { uid: other.metadata?.uid });
  assert.equal((await verbs.get(name))?.metadata?.uid, uid);
  await verbs.remove(name, { uid });
  assert.equal(await verbs.get(name), undefined);
  await verbs.remove(name);
  assert.equal((await verbs.get(other.metadata?.name ?? ""))?.metadata?.uid, other.metadata?.uid);
}
