import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type KubeconfigSources, type LoadedKubeconfig, loadKubeconfig } from "../src/config/load-kubeconfig.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fc-kubeconfig-"));
  await Promise.all([
    ...["a", "b"].map((name) => writeFile(join(directory, name), kubeconfig(name))),
    writeFile(join(directory, "broken"), "clusters: ["),
    writeFile(join(directory, "token"), "t"),
    writeFile(join(directory, "namespace"), "pod-namespace\n"),
  ]);
});
afterAll(() => rm(directory, { recursive: true }));

const pod = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" };
const load = (sources: Partial<KubeconfigSources>): Promise<LoadedKubeconfig> =>
  loadKubeconfig(() => new KubeConfig(), {
    environment: {},
    serviceAccountDirectory: directory,
    homeDirectory: join(directory, "nobody"),
    ...sources,
  });
const serverOf = (loaded: LoadedKubeconfig): string | undefined => loaded.config.getCurrentCluster()?.server;

test("a given path wins over everything", async () => {
  const loaded = await load({ kubeconfig: join(directory, "a"), environment: { ...pod, KUBECONFIG: "/nowhere" } });
  expect(serverOf(loaded)).toBe("https://a.example");
  expect(loaded).toMatchObject({ inCluster: false, namespace: "ns-a" });
});

test("in a Pod its service account is used", async () => {
  const loaded = await load({ environment: { ...pod, KUBECONFIG: join(directory, "a") } });
  expect(serverOf(loaded)).toBe("https://[fd00::1]:6443");
  expect(loaded).toMatchObject({ inCluster: true, namespace: "pod-namespace" });
});

test("KUBECONFIG may list several files, and a context picks among them", async () => {
  const KUBECONFIG = `${join(directory, "a")}:${join(directory, "b")}`;
  expect(serverOf(await load({ environment: { KUBECONFIG } }))).toBe("https://a.example");
  expect(serverOf(await load({ environment: { KUBECONFIG, ...pod }, context: "b" }))).toBe("https://b.example");
});

test("when nothing is found the error says why for each place", async () => {
  const failure = load({ environment: pod, serviceAccountDirectory: "/no/service/account" });
  await expect(failure).rejects.toThrow("/no/service/account/token cannot be read");
  await expect(failure).rejects.toThrow(join(directory, "nobody", ".kube", "config"));
  await expect(failure).rejects.toMatchObject({ code: "FC_K8S_CONNECT_FAILED", cause: { errors: [{}, {}] } });
  await expect(load({})).rejects.toThrow("KUBERNETES_SERVICE_HOST is not set");
});

test("an unknown context and a broken file are named", async () => {
  await expect(load({ kubeconfig: join(directory, "a"), context: "z" })).rejects.toThrow(/no context "z"; it has a/);
  await expect(load({ kubeconfig: join(directory, "broken") })).rejects.toThrow(/broken cannot be read/);
});

function kubeconfig(name: string): string {
  return JSON.stringify({
    clusters: [{ name, cluster: { server: `https://${name}.example` } }],
    users: [{ name, user: { token: "t" } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: `ns-${name}` } }],
    "current-context": name,
  });
}
