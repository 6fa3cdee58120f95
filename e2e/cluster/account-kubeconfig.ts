import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubectl } from "../lib/server-on-cluster.ts";

interface KubeconfigFile extends AsyncDisposable {
  readonly path: string;
}

/** Makes a service account in the namespace, gives it the Role of this manifest (named `fakecloud`), and writes its kubeconfig. */
export async function accountKubeconfig(namespace: string, role: string): Promise<KubeconfigFile> {
  const folder = await mkdtemp(join(tmpdir(), "fc-e2e-account-"));
  const manifest = join(folder, "role.yaml");
  const path = join(folder, "kubeconfig");
  await writeFile(manifest, role);
  const here = ["-n", namespace];
  await kubectl(...here, "apply", "-f", manifest);
  await kubectl(...here, "create", "serviceaccount", "fakecloud");
  const account = `--serviceaccount=${namespace}:fakecloud`;
  await kubectl(...here, "create", "rolebinding", "fakecloud", "--role=fakecloud", account);
  const token = (await kubectl(...here, "create", "token", "fakecloud")).trim();
  const view = JSON.parse(await kubectl("config", "view", "--raw", "--minify", "-o", "json"));
  const users = [{ name: view.contexts[0].context.user, user: { token } }];
  await writeFile(path, JSON.stringify({ ...view, users }), { mode: 0o600 });
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
