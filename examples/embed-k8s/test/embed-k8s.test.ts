import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type LocalCluster, startLocalCluster } from "@fc/local-cluster";
import { afterAll, beforeAll, expect, test } from "vitest";

let directory: string;
let cluster: LocalCluster;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fc-embed-k8s-"));
  cluster = await startLocalCluster({ dataDirectory: join(directory, "cluster") });
});
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** Runs an example as its reader would, from the sources of the packages. */
async function run(example: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const script = join(import.meta.dirname, "..", "src", example);
  const env = { PATH: process.env["PATH"], KUBECONFIG: cluster.kubeconfigPath, ...environment };
  return (await promisify(execFile)(process.execPath, ["--conditions=@fc/source", script], { env })).stdout.trim();
}

test("a command runs in a Pod of its own", async () => {
  expect(await run("run-pod.ts")).toMatch(/^fakecloud-lambda-my-function-[0-9a-f]{12} Linux$/);
});

test("the embedded cluster has nothing amiss", async () => {
  expect(await run("check-access.ts")).toMatch(/connected as .*\n[\s\S]*No problems\.$/);
});

test("server, CA and token are enough", async () => {
  const kubeconfig = await readFile(cluster.kubeconfigPath, "utf8");
  const memberOf = (member: string): string => new RegExp(`${member}"?: "?([^"\\s]+)`).exec(kubeconfig)?.[1] ?? "";
  const ca = join(directory, "ca.pem");
  await writeFile(ca, Buffer.from(memberOf("certificate-authority-data"), "base64"));
  const output = await run("connect-with-token.ts", {
    KUBECONFIG: "",
    K8S_SERVER: cluster.url,
    K8S_CA_FILE: ca,
    K8S_TOKEN: memberOf("token"),
  });
  expect(output).toMatch(/^fc-[a-z2-7]{10} 0$/);
});
