import { readFile } from "node:fs/promises";
import { post } from "../lib/post-object.ts";
import { runJob } from "./run-job.ts";

/** Runs a client of the server in a Pod of the server's image, under Pod Security restricted; what it printed. */
export async function runClient(
  namespace: string,
  image: string,
  variables: Readonly<Record<string, string>>,
): Promise<string> {
  const script = await readFile(new URL("inside-client.mjs", import.meta.url), "utf8");
  const configMap = { metadata: { name: "client" }, data: { "client.mjs": script } };
  await post(`/api/v1/namespaces/${namespace}/configmaps`, { apiVersion: "v1", kind: "ConfigMap", ...configMap });
  const container = {
    name: "client",
    image,
    imagePullPolicy: "IfNotPresent",
    command: ["/usr/local/bin/node", "/client/client.mjs"],
    env: Object.entries(variables).map(([name, value]) => ({ name, value })),
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, readOnlyRootFilesystem: true },
    volumeMounts: [{ name: "client", mountPath: "/client" }],
  };
  const spec = {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [container],
    volumes: [{ name: "client", configMap: { name: "client" } }],
  };
  return (await runJob(namespace, "client", spec, { timeout: 60_000 })).log;
}
