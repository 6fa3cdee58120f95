import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCertificateAuthority } from "@fc/core/certificates";

/** How clients get to the proxy: what it serves TLS with, and the token that keeps others out. */
export interface ClientAccess {
  readonly cert: string;
  readonly key: string;
  /** The Authorization header of its clients. */
  readonly authorization: string;
  /** Writes the kubeconfig, mode 0600. */
  readonly writeKubeconfig: (port: number, namespace: string | undefined) => Promise<void>;
  readonly kubeconfigPath: string;
  readonly remove: () => Promise<void>;
}

const name = "fault-proxy";

export async function createClientAccess(nowMs: number): Promise<ClientAccess> {
  const authority = createCertificateAuthority({ commonName: "fc-fault-proxy-ca", nowMs });
  const { certificate, key } = authority.issue({ commonName: name, usage: "server", names: ["127.0.0.1"] });
  const token = randomBytes(32).toString("base64url");
  const directory = await mkdtemp(join(tmpdir(), "fc-fault-proxy-"));
  const kubeconfigPath = join(directory, "kubeconfig");
  return {
    ...{ cert: certificate, key, kubeconfigPath },
    authorization: `Bearer ${token}`,
    writeKubeconfig: (port, namespace) => {
      const ca = Buffer.from(authority.certificate).toString("base64");
      const config = {
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name, cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority-data": ca } }],
        users: [{ name, user: { token } }],
        contexts: [{ name, context: { cluster: name, user: name, ...(namespace !== undefined && { namespace }) } }],
        "current-context": name,
      };
      return writeFile(kubeconfigPath, JSON.stringify(config), { mode: 0o600 });
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
