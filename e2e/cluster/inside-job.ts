import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { kubectl } from "../lib/server-on-cluster.ts";

/** A Job in the server's image that runs a script, under Pod Security restricted; what it printed. */
export async function runJob(
  namespace: string,
  image: string,
  variables: Readonly<Record<string, string>>,
): Promise<string> {
  const here = (...args: readonly string[]): Promise<string> => kubectl("-n", namespace, ...args);
  const script = await readFile(new URL("inside-client.mjs", import.meta.url), "utf8");
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
    restartPolicy: "Never",
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [container],
    volumes: [{ name: "client", configMap: { name: "client" } }],
  };
  const items = [
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "client" }, data: { "client.mjs": script } },
    {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "client" },
      spec: { backoffLimit: 0, template: { spec } },
    },
  ];
  const folder = await mkdtemp(join(tmpdir(), "fc-e2e-job-"));
  try {
    const file = join(folder, "job.json");
    await writeFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    await here("apply", "-f", file);
  } finally {
    await rm(folder, { recursive: true });
  }
  const state = "jsonpath={.status.succeeded}/{.status.failed}";
  await expect.poll(() => here("get", "job/client", "-o", state), { timeout: 60_000, interval: 500 }).toMatch(/1/);
  return await here("logs", "job/client");
}
