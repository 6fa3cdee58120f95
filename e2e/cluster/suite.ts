import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { execProgram } from "../lib/programs.ts";
import { kubectl, machineAddress } from "../lib/server-on-cluster.ts";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
/** What runs a file of the end-to-end tests. Its tests empty the server when they are done. */
const suiteOf = (file: string): readonly string[] => [
  join(root, "node_modules/vitest/vitest.mjs"),
  ...["run", "--project=e2e", "--configLoader=native", "--reporter=dot"],
  file,
];

/** Runs a file of the end-to-end tests on this machine against a server that runs already. Rejects with what failed. */
export async function runSuite(file: string, server: string): Promise<void> {
  const { PATH = "", HOME = "" } = process.env;
  const environment = { PATH, HOME, FC_E2E_SERVER: server, FC_E2E_ADDRESS: await machineAddress() };
  try {
    await execProgram(process.execPath, suiteOf(file), environment);
  } catch (error) {
    throw new Error(String((error as { stdout?: string }).stdout), { cause: error });
  }
}

/**
 * Runs it in a Job, which has this machine's repository by a path of the node: only a cluster whose node is this machine
 * can do that, in a namespace without Pod Security. Rejects with what failed.
 */
export async function runSuiteInJob(file: string, namespace: string, image: string, server: string): Promise<void> {
  const here = (...args: readonly string[]): Promise<string> => kubectl("-n", namespace, ...args);
  const container = {
    name: "suite",
    image,
    workingDir: root,
    command: [process.execPath, ...suiteOf(file)],
    env: [
      { name: "HOME", value: "/tmp" },
      { name: "FC_E2E_SERVER", value: server },
      { name: "FC_E2E_ADDRESS", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
    ],
    volumeMounts: [
      { name: "repository", mountPath: root, readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
  const volumes = [
    { name: "repository", hostPath: { path: root } },
    { name: "tmp", emptyDir: {} },
  ];
  const template = { spec: { restartPolicy: "Never", containers: [container], volumes } };
  const job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "suite" },
    spec: { backoffLimit: 0, template },
  };
  const folder = await mkdtemp(join(tmpdir(), "fc-e2e-suite-"));
  try {
    await writeFile(join(folder, "job.json"), JSON.stringify(job));
    await here("apply", "-f", join(folder, "job.json"));
  } finally {
    await rm(folder, { recursive: true });
  }
  const state = (): Promise<string> => here("get", "job/suite", "-o", "jsonpath={.status.succeeded}/{.status.failed}");
  await expect.poll(state, { timeout: 300_000, interval: 1_000 }).toMatch(/1/);
  if ((await state()) !== "1/") throw new Error(await here("logs", "job/suite"));
}
