import { writeFile } from "node:fs/promises";
import { stringify } from "yaml";

/** Writes a kubeconfig with one context, `local-cluster`, that authenticates with a token; mode 0600. */
export async function writeKubeconfig(
  path: string,
  access: { readonly url: string; readonly authority: string; readonly token: string },
): Promise<void> {
  const name = "local-cluster";
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name,
        cluster: { server: access.url, "certificate-authority-data": Buffer.from(access.authority).toString("base64") },
      },
    ],
    users: [{ name: "local-admin", user: { token: access.token } }],
    contexts: [{ name, context: { cluster: name, user: "local-admin", namespace: "default" } }],
    "current-context": name,
  };
  await writeFile(path, stringify(config), { mode: 0o600 });
}
