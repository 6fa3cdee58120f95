import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { createCertificateAuthority } from "@fc/core/certificates";
import { afterEach, beforeEach, expect, test } from "vitest";
import { K8sClient } from "../src/index.ts";
import { FaultProxy } from "../src/testing/index.ts";

const authority = createCertificateAuthority({ commonName: "cluster-ca", nowMs: Date.now() });
const served = authority.issue({ commonName: "cluster", usage: "server", names: ["127.0.0.1"] });
const user = authority.issue({ commonName: "jane", organisation: "devs", usage: "client" });

let server: Server;
let directory: string;
let kubeconfig: string;
/** Common names of those who asked, and the paths they asked for. */
let seen: string[];
beforeEach(async () => {
  seen = [];
  directory = await mkdtemp(join(tmpdir(), "fc-fault-proxy-tls-"));
  kubeconfig = join(directory, "kubeconfig");
  server = createServer(
    { cert: served.certificate, key: served.key, ca: authority.certificate, requestCert: true },
    (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      seen.push(`${subject?.CN} ${request.method} ${request.url} ${request.headers.authorization}`);
      response.end(JSON.stringify({ metadata: { name: "a", uid: "1" } }));
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const cluster = {
    server: `https://127.0.0.1:${(server.address() as AddressInfo).port}/k8s/clusters/c-1`,
    "certificate-authority-data": base64(authority.certificate),
  };
  const credentials = { "client-certificate-data": base64(user.certificate), "client-key-data": base64(user.key) };
  await writeFile(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: "real", cluster }],
      users: [{ name: "jane", user: credentials }],
      contexts: [{ name: "real", context: { cluster: "real", user: "jane", namespace: "team" } }],
      "current-context": "real",
    }),
  );
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});

test("the cluster sees the client certificate of the kubeconfig, and nothing of the proxy's own token", async () => {
  await using proxy = await FaultProxy.start({ kubeconfig });
  await using client = await K8sClient.connect({ kubeconfig: proxy.kubeconfigPath, closeTimeoutMs: 0 });
  expect(client.namespace).toBe("team");
  seen.length = 0;
  await client.getPod("a");
  expect(seen).toEqual(["jane GET /k8s/clusters/c-1/api/v1/namespaces/team/pods/a undefined"]);
});
