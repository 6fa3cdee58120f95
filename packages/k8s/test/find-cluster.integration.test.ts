import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load as parseYaml } from "js-yaml";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ClusterSources, type FoundCluster, findCluster } from "../src/config/find-cluster.ts";
import type { Kubeconfig } from "../src/index.ts";

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
const find = (sources: Partial<ClusterSources>): Promise<FoundCluster> =>
  findCluster(
    {
      environment: {},
      serviceAccountDirectory: directory,
      homeDirectory: join(directory, "nobody"),
      ...sources,
    },
    parseYaml,
  );
const serverOf = (found: FoundCluster): string => found.cluster.server;

test("a given path wins over everything", async () => {
  const found = await find({ kubeconfig: join(directory, "a"), environment: { ...pod, KUBECONFIG: "/nowhere" } });
  expect(serverOf(found)).toBe("https://a.example");
  expect(found).toMatchObject({ inCluster: false, namespace: "ns-a" });
});

test("in a Pod its service account is used", async () => {
  const found = await find({ environment: pod });
  expect(serverOf(found)).toBe("https://[fd00::1]:6443");
  expect(found).toMatchObject({ inCluster: true, namespace: "pod-namespace" });
});

test("in a Pod KUBECONFIG wins over the service account, and is not passed over when it is wrong", async () => {
  const KUBECONFIG = join(directory, "a");
  expect(await find({ environment: { ...pod, KUBECONFIG } })).toMatchObject({ inCluster: false, namespace: "ns-a" });
  const failure = find({ environment: { ...pod, KUBECONFIG: join(directory, "nowhere") } });
  await expect(failure).rejects.toThrow(/nowhere cannot be read: ENOENT/);
});

test("KUBECONFIG may list several files, and a context picks among them", async () => {
  const KUBECONFIG = `${join(directory, "a")}:${join(directory, "b")}`;
  expect(serverOf(await find({ environment: { KUBECONFIG } }))).toBe("https://a.example");
  expect(serverOf(await find({ environment: { KUBECONFIG, ...pod }, context: "b" }))).toBe("https://b.example");
});

test("when nothing is found the error says why for each place", async () => {
  const failure = find({ environment: pod, serviceAccountDirectory: "/no/service/account" });
  await expect(failure).rejects.toThrow("/no/service/account/token cannot be read");
  await expect(failure).rejects.toThrow(join(directory, "nobody", ".kube", "config"));
  await expect(failure).rejects.toMatchObject({ code: "FC_K8S_CONNECT_FAILED", cause: { errors: [{}, {}] } });
  await expect(find({})).rejects.toThrow("KUBERNETES_SERVICE_HOST is not set");
});

test("of equal names in several files the first holds, and files that do not exist are left out", async () => {
  await writeFile(join(directory, "a2"), kubeconfig("a", "https://second.example"));
  await writeFile(join(directory, "no-current"), JSON.stringify({ clusters: [], users: [], contexts: [] }));
  const list = (...names: readonly string[]): string => names.map((name) => join(directory, name)).join(":");
  const first = await find({ environment: { KUBECONFIG: list("no-current", "nowhere", "a", "a2", "b") } });
  expect(serverOf(first)).toBe("https://a.example");
  const failure = find({ environment: { KUBECONFIG: list("nowhere", "nowhere-either") } });
  await expect(failure).rejects.toThrow(/nowhere cannot be read: ENOENT.*nowhere-either cannot be read: ENOENT/);
});

test("paths in a kubeconfig are relative to its folder, and so is a plugin with a folder in its name", async () => {
  const user = {
    tokenFile: "token",
    "client-certificate": "c.pem",
    "client-key": "/k.pem",
    exec: { command: "bin/x" },
  };
  await mkdir(join(directory, "sub"));
  await writeFile(
    join(directory, "sub", "config"),
    JSON.stringify({ ...contentOf("p"), users: [{ name: "p", user }] }),
  );
  const found = await find({ kubeconfig: join(directory, "sub", "config") });
  expect(found.user).toMatchObject({
    tokenFile: join(directory, "sub", "token"),
    "client-certificate": join(directory, "sub", "c.pem"),
    "client-key": "/k.pem",
    exec: { command: join(directory, "sub", "bin/x") },
  });
});

test("a kubeconfig may be given as text or as what it parses to", async () => {
  const environment = { KUBECONFIG: join(directory, "a"), ...pod };
  expect(serverOf(await find({ environment, kubeconfigContent: kubeconfig("t") }))).toBe("https://t.example");
  expect(serverOf(await find({ environment, kubeconfigContent: contentOf("o") }))).toBe("https://o.example");
  await expect(find({ kubeconfigContent: "just a text" })).rejects.toThrow("it is no kubeconfig");
  await expect(find({ kubeconfigContent: "users: [{}]" })).rejects.toThrow("users[0] has no name");
});

test("a cluster in hand needs its server alone", async () => {
  const found = await find({ environment: pod, cluster: { server: "https://x.example", ca: "CA", token: "t" } });
  expect(found).toMatchObject({
    cluster: { server: "https://x.example", "certificate-authority-data": Buffer.from("CA").toString("base64") },
    user: { token: "t" },
    namespace: undefined,
    inCluster: false,
  });
  await expect(find({ cluster: { server: "x.example:6443" } })).rejects.toThrow(
    /no http or https URL: "x.example:6443"/,
  );
  await expect(find({ cluster: { server: "https://x", cert: "c" } })).rejects.toThrow("both cert and key");
  const both = find({ cluster: { server: "https://x" }, kubeconfig: "/k" });
  await expect(both).rejects.toThrow("kubeconfig and cluster are given, where one cluster is meant");
});

test("an unknown context, cluster or user and a broken file are named", async () => {
  await expect(find({ kubeconfig: join(directory, "a"), context: "z" })).rejects.toThrow(/no context "z"; it has a/);
  await expect(find({ kubeconfig: join(directory, "broken") })).rejects.toThrow(/broken cannot be read/);
  const without = (member: string): Promise<FoundCluster> =>
    find({ kubeconfigContent: { ...contentOf("a"), [member]: [] } as Kubeconfig });
  await expect(without("clusters")).rejects.toThrow('has no cluster "a"; it has none');
  await expect(without("users")).rejects.toThrow('has no user "a"; it has none');
  await expect(find({ kubeconfigContent: { ...contentOf("a"), "current-context": "" } })).rejects.toThrow(
    "has no current-context; it has a",
  );
});

function contentOf(name: string, server = `https://${name}.example`): Kubeconfig {
  return {
    clusters: [{ name, cluster: { server } }],
    users: [{ name, user: { token: "t" } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: `ns-${name}` } }],
    "current-context": name,
  };
}

function kubeconfig(name: string, server?: string): string {
  return JSON.stringify(contentOf(name, server));
}
