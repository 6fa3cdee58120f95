import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execProgram } from "../lib/programs.ts";
import { machineAddress } from "../lib/server-on-cluster.ts";
import { runJob } from "./run-job.ts";

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
  const { succeeded, log } = await runJob(
    namespace,
    "suite",
    { containers: [container], volumes },
    { timeout: 300_000 },
  );
  if (!succeeded) throw new Error(log);
}
