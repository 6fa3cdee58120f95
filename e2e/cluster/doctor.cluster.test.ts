import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requiredPermissions, roleYaml } from "@fc/k8s";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createNamespace, kubectl, machineAddress } from "../lib/server-on-cluster.ts";
import { runServer } from "../lib/server-process.ts";
import { accountKubeconfig } from "./account-kubeconfig.ts";

const namespace = `fc-e2e-doctor-${randomBytes(4).toString("hex")}`;

async function apply(manifest: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "fc-e2e-doctor-"));
  const file = join(folder, "manifest.yaml");
  await writeFile(file, manifest);
  await kubectl("apply", "-n", namespace, "-f", file);
  await rm(folder, { recursive: true });
}

interface Report {
  readonly code: number;
  readonly ok: boolean;
  readonly lines: readonly { code: string; state: string; subject: string; message: string; fix?: string }[];
}

describe("fc-server doctor on a real cluster, with the Role alone, under Pod Security restricted", () => {
  let account: Awaited<ReturnType<typeof accountKubeconfig>>;
  let address: string;

  /** On a port that the system chooses: no server listens there yet. */
  async function doctor(environment: Readonly<Record<string, string>> = {}): Promise<Report> {
    const { code, stdout, stderr } = await runServer(["doctor", "--json", "--backend", "k8s", "--addr", "0.0.0.0:0"], {
      KUBECONFIG: account.path,
      FAKECLOUD_K8S_NAMESPACE: namespace,
      FAKECLOUD_K8S_SELF_URL: `http://${address}`,
      ...environment,
    });
    expect(stderr).toBe("");
    return { code, ...(JSON.parse(stdout) as Omit<Report, "code">) };
  }
  const amiss = ({ lines }: Report): Report["lines"] => lines.filter(({ state }) => state !== "ok");

  beforeAll(async () => {
    await createNamespace(namespace);
    [account, address] = await Promise.all([accountKubeconfig(namespace, roleYaml()), machineAddress()]);
  });
  afterAll(async () => {
    await account?.[Symbol.asyncDispose]();
    await kubectl("delete", "namespace", namespace, "--wait=false");
  });

  test("finds nothing amiss, and leaves nothing", async () => {
    const report = await doctor();
    expect(amiss(report)).toEqual([]);
    expect([report.code, report.ok]).toEqual([0, true]);
    const codes = ["REACH", "DNS", "DIAL", "IMAGE", "CLOCK", "LEFTOVERS"].map((name) => `FC_DOCTOR_${name}`);
    expect(new Set(report.lines.map(({ code }) => code))).toEqual(
      new Set([
        "FC_DOCTOR_SETTINGS",
        ...codes,
        ...["VERSION", "IDENTITY", "NAMESPACE", "PERMISSION", "POD", "QUOTA"].map((name) => `FC_K8S_ACCESS_${name}`),
      ]),
    );
    const left = () => kubectl("get", "pods,secrets,leases", "-n", namespace, "-o", "name");
    await expect.poll(left, { timeout: 30_000, interval: 500 }).toBe("");
  });

  test("names the way that Pods do not find, and the server that died, each with its fix", async () => {
    const lease = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "fakecloud-instance-dead", namespace, labels: { "fakecloud-managed-by": "fakecloud" } },
      spec: { holderIdentity: "dead", leaseDurationSeconds: 30, renewTime: "2026-01-01T00:00:00.000000Z" },
    };
    await apply(JSON.stringify(lease));
    const report = await doctor({ FAKECLOUD_K8S_SELF_URL: "http://127.0.0.1" });
    expect(amiss(report)).toMatchObject([
      { code: "FC_DOCTOR_REACH", state: "problem", fix: expect.stringContaining("FAKECLOUD_K8S_SELF_URL") },
      { code: "FC_DOCTOR_LEFTOVERS", state: "warning", fix: expect.stringContaining("fakecloud-instance-dead") },
    ]);
    expect([report.code, report.ok]).toEqual([1, false]);
  });

  test("names the permission that is missing, and the rule that grants it", async () => {
    const lacking = requiredPermissions.filter(({ resource }) => resource !== "services");
    await apply(roleYaml(lacking));
    const report = await doctor();
    expect(report.code).toBe(1);
    expect(amiss(report).map(({ subject }) => subject)).toContain("create services");
    for (const { code, fix } of amiss(report))
      expect([code, fix]).toEqual(["FC_K8S_ACCESS_PERMISSION", expect.stringContaining("services")]);
  });
});
