import assert from "node:assert/strict";
import type { V1Pod } from "@kubernetes/client-node";
import { managedBySelector } from "../labels.ts";
import type { FaultOperation } from "./fault-operation.ts";
import { type FaultScene, type FaultStage, newName } from "./fault-stage.ts";

const note = "fc-fault/note";

/** A merge patch that leaves a note. */
export function noting(text: string): object {
  return { metadata: { annotations: { [note]: text } } };
}

export function noteOf(pod: V1Pod): string | undefined {
  return pod.metadata?.annotations?.[note];
}

/** The call comes after another, on the connection that was kept: there a lost connection says least. */
function unary(
  match: FaultOperation["match"],
  prepare: (scene: FaultScene) => Promise<() => Promise<void>> | (() => Promise<void>),
): FaultOperation {
  return {
    match,
    begin: async (scene) => {
      const call = await prepare(scene);
      await scene.client.listServices("none=such", { signal: scene.signal });
      return call;
    },
  };
}

/** @throws AssertionError when there are other Pods with its label, or none */
async function isTheOnly({ direct }: FaultStage, pod: V1Pod): Promise<void> {
  const found = await direct.listPods(`fc-fault=${pod.metadata?.labels?.["fc-fault"]}`);
  assert.deepEqual(
    found.map(({ metadata }) => metadata?.uid),
    [pod.metadata?.uid],
  );
}

type UnaryName = "get" | "list" | "create" | "startPod" | "delete" | "patch" | "json-patch";

/** Calls that are one request and one answer. */
export const unaryOperations: Readonly<Record<UnaryName, FaultOperation>> = {
  get: unary(
    ({ stage }) => ({ verb: "get", resource: "pods", name: stage.podName }),
    ({ stage, client, signal }) =>
      async () => {
        const pod = await client.getPod(stage.podName, { signal });
        assert.equal(pod?.metadata?.uid, stage.pod.metadata?.uid);
      },
  ),
  list: unary(
    () => ({ verb: "list", resource: "pods" }),
    ({ stage, client, signal }) =>
      async () => {
        const pods = await client.listPods(managedBySelector, { signal });
        assert.ok(pods.some(({ metadata }) => metadata?.name === stage.podName));
      },
  ),
  create: unary(
    () => ({ verb: "create", resource: "pods" }),
    ({ stage, client, signal }) =>
      async () => {
        const pod = stage.idlePod(client);
        await isTheOnly(stage, await client.createPod(pod, { signal }));
      },
  ),
  startPod: unary(
    () => ({ verb: "create", resource: "pods" }),
    ({ stage, client, signal }) =>
      async () => {
        const exists = ({ metadata }: V1Pod): boolean => metadata?.uid !== undefined;
        const how = { owner: "process", service: "lambda", until: exists, timeoutMs: 60_000, signal } as const;
        await isTheOnly(stage, await client.startPod(stage.idlePod(client), how));
      },
  ),
  delete: unary(
    () => ({ verb: "delete", resource: "configmaps" }),
    async ({ stage, client, signal }) => {
      const name = newName("doomed");
      await stage.direct.createConfigMap({ metadata: { name } }, { signal });
      return async () => {
        await client.deleteConfigMap(name, { signal });
        assert.equal(await stage.direct.getConfigMap(name, { signal }), undefined);
      };
    },
  ),
  patch: unary(
    ({ stage }) => ({ verb: "patch", resource: "pods", name: stage.podName }),
    ({ stage, client, signal }) =>
      async () => {
        const text = newName("patch");
        assert.equal(noteOf(await client.patchPod(stage.podName, noting(text), { signal })), text);
      },
  ),
  // Appends to a list: it must not happen twice.
  "json-patch": unary(
    () => ({ verb: "patch", resource: "configmaps" }),
    async ({ stage, client, signal }) => {
      const name = newName("list");
      await stage.direct.createConfigMap({ metadata: { name, finalizers: ["fc.dev/a"] } }, { signal });
      const { namespace } = client;
      const path = "/metadata/finalizers";
      const count = async (): Promise<number> =>
        (await stage.direct.getConfigMap(name, { signal }))?.metadata?.finalizers?.length ?? 0;
      return async () => {
        try {
          const body = [{ op: "add", path: `${path}/-`, value: "fc.dev/b" }];
          await client.core.patchNamespacedConfigMap({ name, namespace, body });
          assert.equal(await count(), 2);
        } finally {
          assert.ok((await count()) <= 2, "the patch was applied more than once");
          await stage.direct.core.patchNamespacedConfigMap({ name, namespace, body: [{ op: "remove", path }] });
        }
      };
    },
  ),
};
