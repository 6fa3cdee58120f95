import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { createNamespace, kubectl } from "../lib/server-on-cluster.ts";

const base = fileURLToPath(new URL("../../deploy/kustomize/base", import.meta.url));

/** Makes a namespace with Pod Security restricted, and installs the server there by the kustomize base, as a user's overlay would. Resolves when it is ready. */
export async function installBase(namespace: string, image: string): Promise<void> {
  await createNamespace(namespace);
  await provideVolume(namespace);
  const folder = await mkdtemp(join(tmpdir(), "fc-e2e-overlay-"));
  try {
    const [, newName, newTag] = /^(.*):([^:/]+)$/.exec(image) ?? [];
    const images = [{ name: "fc-server", newName, newTag }];
    const overlay = { namespace, resources: [relative(folder, base)], images };
    await writeFile(join(folder, "kustomization.yaml"), JSON.stringify(overlay));
    await kubectl("apply", "-k", folder);
  } finally {
    await rm(folder, { recursive: true });
  }
  await kubectl("-n", namespace, "rollout", "status", "deployment/fakecloud", "--timeout=90s");
}

/**
 * The server's volume. On the development machine's cluster it is a folder of the node, which Kubernetes leaves to root; volumes elsewhere are
 * handed to the Pod's group.
 */
async function provideVolume(namespace: string): Promise<void> {
  const here = (...args: readonly string[]): Promise<string> => kubectl("-n", namespace, ...args);
  await here("apply", "-f", join(base, "volume-claim.yaml"));
  await here("wait", "--for=jsonpath={.status.phase}=Bound", "pvc/fakecloud", "--timeout=60s");
  const volume = await here("get", "pvc", "fakecloud", "-o", "jsonpath={.spec.volumeName}");
  const folder = await here("get", "pv", volume, "-o", "jsonpath={.spec.hostPath.path}");
  if (folder !== "") await chmod(folder, 0o777);
}
