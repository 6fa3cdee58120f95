import type { Clock } from "@fc/core";
import { storedResources } from "../api/resources.ts";
import type { Pod } from "../node/pod-types.ts";
import type { Node } from "../scheduling/node-types.ts";
import { requestDeletion } from "../store/deletion.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { StatusError } from "../store/status-error.ts";

/** Cordons the node, deletes its Pods and waits until they are gone. Disposing of the result uncordons it. */
export async function drainNode(
  { store, clock }: { readonly store: ObjectStore; readonly clock: Clock },
  name: string,
): Promise<AsyncDisposable> {
  const pods = storedResources.find(({ plural }) => plural === "pods");
  if (pods === undefined || !setUnschedulable(store, name, true)) {
    throw new StatusError(404, "NotFound", `nodes "${name}" not found`);
  }
  const left = (): Pod[] => store.peekList<Pod>("pods").filter(({ spec }) => spec.nodeName === name);
  for (const { metadata } of left()) {
    if (metadata.deletionTimestamp !== undefined) continue;
    requestDeletion(store, pods, { namespace: metadata.namespace ?? "", name: metadata.name }, {}, clock.now());
  }
  await new Promise<void>((resolve) => {
    const check = (): void => {
      if (left().length > 0) return;
      stop();
      resolve();
    };
    const stop = store.watch<Pod>("pods", check);
    check();
  });
  return {
    [Symbol.asyncDispose]: () => {
      setUnschedulable(store, name, false);
      return Promise.resolve();
    },
  };
}

function setUnschedulable(store: ObjectStore, name: string, unschedulable: boolean): boolean {
  const node = store.modify<Node>("nodes", "", name, ({ spec }) => {
    if (unschedulable) spec.unschedulable = true;
    else delete spec.unschedulable;
  });
  return node !== undefined;
}
