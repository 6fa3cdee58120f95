import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { K8sClient } from "@fc/k8s";

export interface LocalVolumes extends AsyncDisposable {
  readonly storageClass: string;
}

/** Volumes of a class of their own, for a node that runs on this machine: folders of root's, to which Kubernetes applies `fsGroup`, as CSI drivers do. */
export async function localVolumes(kubeconfig: string, count: number): Promise<LocalVolumes> {
  const admin = await K8sClient.connect({ kubeconfig, namespace: "default" });
  const directory = await mkdtemp(join(tmpdir(), "fc-volumes-"));
  const storageClass = basename(directory).toLowerCase();
  const [node] = (await admin.core.listNode()).items;
  const names = Array.from({ length: count }, (_, index) => `${storageClass}-${index}`);
  for (const name of names) {
    await mkdir(join(directory, name), { mode: 0o755 });
    const here = { key: "kubernetes.io/hostname", operator: "In", values: [node?.metadata?.name ?? ""] };
    await admin.core.createPersistentVolume({
      body: {
        metadata: { name },
        spec: {
          storageClassName: storageClass,
          capacity: { storage: "64Mi" },
          accessModes: ["ReadWriteOnce"],
          persistentVolumeReclaimPolicy: "Retain",
          local: { path: join(directory, name) },
          nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [here] }] } },
        },
      },
    });
  }
  return {
    storageClass,
    [Symbol.asyncDispose]: async () => {
      for (const name of names) await admin.core.deletePersistentVolume({ name });
      await admin[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
