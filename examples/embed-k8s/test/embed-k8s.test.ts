import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { K8sClient, labels } from "@fc/k8s";
import { FaultProxy, faults } from "@fc/k8s/testing";
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

/** An example as its reader would run it, from the sources of the packages. */
function commandOf(example: string): readonly string[] {
  return ["--conditions=@fc/source", join(import.meta.dirname, "..", "src", example)];
}

function environmentWith(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"], KUBECONFIG: cluster.kubeconfigPath, ...more };
}

async function run(example: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const env = environmentWith(environment);
  return (await promisify(execFile)(process.execPath, commandOf(example), { env })).stdout.trim();
}

/** Every Lease there is looks as if nobody had renewed it for long: else it would have to be waited for. */
async function letLeasesGrowOld(): Promise<void> {
  await using client = await K8sClient.connect({ kubeconfig: cluster.kubeconfigPath });
  const { coordination, namespace, instanceId } = client;
  const labelSelector = `${labels.instance},${labels.instance}!=${instanceId}`;
  const { items } = await coordination.listNamespacedLease({ namespace, labelSelector });
  const body = [{ op: "replace", path: "/spec/renewTime", value: "2020-01-01T00:00:00.000000Z" }];
  for (const { metadata } of items)
    await coordination.patchNamespacedLease({ name: metadata?.name ?? "", namespace, body });
}

test("a command runs in a Pod of its own", async () => {
  expect(await run("run-pod.ts")).toMatch(/^fakecloud-lambda-my-function-[0-9a-f]{12} Linux$/);
});

test("what a process left that was killed half way is removed by the next one", async () => {
  await using proxy = await FaultProxy.start({ kubeconfig: cluster.kubeconfigPath });
  const halfWay = proxy.inject(faults.freeze(), { resource: "pods/exec" });
  const env = environmentWith({ KUBECONFIG: proxy.kubeconfigPath });
  const killed: ChildProcess = spawn(process.execPath, commandOf("run-pod.ts"), { env, stdio: "inherit" });
  // Its Pod is ready, and the command that it runs there gets no answer.
  await halfWay.met();
  killed.kill("SIGKILL");
  await once(killed, "exit");
  await letLeasesGrowOld();
  expect(await run("after-a-crash.ts")).toMatch(/^fakecloud-lambda-my-function-[0-9a-f]{12} is gone$/);
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
