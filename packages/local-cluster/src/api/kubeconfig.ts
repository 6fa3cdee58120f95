import { writeFile } from "node:fs/promises";
import type { KeyPair } from "@fc/core/certificates";
import { stringify } from "yaml";

/** How an administrator gets in. */
export interface Access {
  readonly url: string;
  /** PEM. */
  readonly authority: string;
  readonly token: string;
  /** Instead of the token. */
  readonly client: KeyPair;
}

/**
 * Writes a kubeconfig, mode 0600, with two contexts: `local-cluster` (current) authenticates with a token,
 * `local-cluster-certificate` with a client certificate.
 */
export async function writeKubeconfig(path: string, access: Access): Promise<void> {
  const cluster = "local-cluster";
  const users = {
    "local-admin": { token: access.token },
    "local-admin-certificate": {
      "client-certificate-data": base64(access.client.certificate),
      "client-key-data": base64(access.client.key),
    },
  };
  const context = (name: string, user: keyof typeof users): object => ({
    name,
    context: { cluster, user, namespace: "default" },
  });
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { name: cluster, cluster: { server: access.url, "certificate-authority-data": base64(access.authority) } },
    ],
    users: Object.entries(users).map(([name, user]) => ({ name, user })),
    contexts: [
      context("local-cluster", "local-admin"),
      context("local-cluster-certificate", "local-admin-certificate"),
    ],
    "current-context": "local-cluster",
  };
  await writeFile(path, stringify(config), { mode: 0o600 });
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
