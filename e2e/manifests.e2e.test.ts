import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { helmProgram } from "./lib/helm.ts";
import { execProgram, lacks } from "./lib/programs.ts";
import { cleanEnvironment } from "./lib/server-process.ts";

const deploy = fileURLToPath(new URL("../deploy", import.meta.url));
const chart = `${deploy}/helm/fakecloud`;
const without = (await lacks("kubectl", "version", "--client")) || (await lacks(helmProgram, "version"));

// biome-ignore lint/suspicious/noExplicitAny: manifests of many kinds
type Manifest = any;

const helm = (...args: readonly string[]): Promise<string> => execProgram(helmProgram, args, cleanEnvironment());

async function rendered(...values: readonly string[]): Promise<Manifest[]> {
  return manifests(await helm("template", "fakecloud", chart, "--namespace", "fakecloud", ...values));
}

function manifests(text: string): Manifest[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest)
    .filter((manifest) => manifest !== null);
}

/** By kind and name, without what only says who made it. */
function comparable(list: readonly Manifest[]): Record<string, Manifest> {
  const own = (key: string, value: unknown): unknown =>
    /^(app\.kubernetes\.io\/(instance|version|managed-by)|helm\.sh\/chart|namespace)$/.test(key) ? undefined : value;
  const plain = list.map((manifest) => JSON.parse(JSON.stringify(manifest, own)) as Manifest);
  return Object.fromEntries(plain.map((manifest) => [`${manifest.kind}/${manifest.metadata.name}`, manifest]));
}

describe.skipIf(without)("chart and kustomize base", () => {
  test("say the same", async () => {
    const base = manifests(await execProgram("kubectl", ["kustomize", `${deploy}/kustomize/base`], cleanEnvironment()));
    expect(base.length).toBeGreaterThan(9);
    expect(comparable(await rendered())).toEqual(comparable(base));
    const namespaces = base.map(({ metadata }) => metadata.namespace);
    expect(new Set(namespaces)).toEqual(new Set(["fakecloud"]));
  });

  test("helm finds nothing amiss in the chart", async () => {
    expect(await helm("lint", "--strict", chart)).toContain("0 chart(s) failed");
  });
});

describe.skipIf(without)("values of the chart", () => {
  const set = (...pairs: readonly string[]): string[] => pairs.flatMap((pair) => ["--set", pair]);
  const kindsOf = (list: readonly Manifest[]): string[] => list.map(({ kind }) => kind as string);

  test("leave out what others provide, and reach the server", async () => {
    const off = ["rbac.create", "serviceAccount.create", "networkPolicy.enabled", "podDisruptionBudget.enabled"];
    const list = await rendered(
      ...set(...off.map((name) => `${name}=false`), "persistence.enabled=false", "serviceAccount.name=theirs"),
      ...set(
        "image.repository=registry.example/fc-server",
        "image.tag=1",
        "settingsSecret=mine",
        "service.type=NodePort",
      ),
      ...["--set-string", "image.tag=1,settings.FAKECLOUD_LAMBDA_K8S_POOL_SIZE=3"],
    );
    expect(kindsOf(list).sort()).toEqual(["Deployment", "Service", "Service"]);
    const { spec } = list.find(({ kind }) => kind === "Deployment").spec.template;
    expect(spec.serviceAccountName).toBe("theirs");
    expect(spec.volumes).toEqual([{ name: "tmp", emptyDir: {} }]);
    const [container] = spec.containers;
    expect(container).toMatchObject({
      image: "registry.example/fc-server:1",
      envFrom: [{ secretRef: { name: "mine" } }],
    });
    const env = container.env as { name: string; value?: string }[];
    expect(env).toContainEqual({ name: "FAKECLOUD_LAMBDA_K8S_POOL_SIZE", value: "3" });
    expect(env.map(({ name }) => name)).not.toContain("FAKECLOUD_DATA_PATH");
  });

  test("have Prometheus collect the server's metrics, once and with its token", async () => {
    const list = await rendered(
      ...set("serviceMonitor.enabled=true", "serviceMonitor.adminToken=true", "settingsSecret=mine"),
      ...set("serviceMonitor.labels.release=prometheus"),
    );
    const { metadata, spec } = list.find(({ kind }) => kind === "ServiceMonitor");
    expect(metadata.labels.release).toBe("prometheus");
    expect(spec.endpoints).toMatchObject([
      {
        port: "aws",
        path: "/metrics",
        authorization: { credentials: { name: "mine", key: "FAKECLOUD_ADMIN_TOKEN" } },
      },
    ]);
    const [{ sourceLabels, regex }] = spec.endpoints[0].relabelings;
    expect(sourceLabels).toEqual(["__meta_kubernetes_service_name"]);
    const kept = list.filter(
      ({ kind, metadata: { name, labels } }) =>
        kind === "Service" &&
        new RegExp(`^(?:${regex})$`).test(name) &&
        Object.entries(spec.selector.matchLabels).every(([key, value]) => labels[key] === value),
    );
    expect(kept.map(({ spec: { ports } }) => ports.map(({ name }: { name: string }) => name))).toEqual([["aws"]]);
  });

  test("make it HTTPS, with a port for administration and init hooks", async () => {
    const list = await rendered(
      ...set("tls.secretName=pair", "admin.enabled=true", "serviceMonitor.enabled=true"),
      ...["--set-json", 'admin.from=[{"namespaceSelector":{}}]', "--set-string", "initHooks.seed\\.mjs=await 1"],
    );
    const { spec } = list.find(({ kind }) => kind === "Deployment").spec.template;
    const [{ env, ports, volumeMounts, ...container }] = spec.containers;
    const settingOf = (name: string): unknown => env.find((one: Manifest) => one.name === name)?.value;
    expect(settingOf("FAKECLOUD_K8S_SELF_URL")).toBe("https://fakecloud-internal:4566");
    for (const [name, start] of [
      ["FAKECLOUD_TLS_CERT", "/tls/"],
      ["FAKECLOUD_TLS_KEY", "/tls/"],
      ["FAKECLOUD_INIT_DIR", "/init"],
    ] as const) {
      expect(settingOf(name)).toContain(start);
      expect(volumeMounts.map(({ mountPath }: Manifest) => mountPath)).toContain(start.replace(/\/$/, ""));
    }
    for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"])
      expect(container[probe].httpGet.scheme).toBe("HTTPS");
    expect(list.find(({ kind }) => kind === "ConfigMap").data).toEqual({ "seed.mjs": "await 1" });
    const [, adminPort] = /:(\d+)$/.exec(String(settingOf("FAKECLOUD_ADMIN_ADDR"))) ?? [];
    expect(ports).toContainEqual({ name: "admin", containerPort: Number(adminPort) });
    const policy = list.find(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.name === "fakecloud");
    expect(policy.spec.ingress.at(-1)).toEqual({
      from: [{ podSelector: {} }, { namespaceSelector: {} }],
      ports: [{ port: "admin" }],
    });
    const { endpoints } = list.find(({ kind }) => kind === "ServiceMonitor").spec;
    expect(endpoints).toMatchObject([{ port: "admin", scheme: "https" }]);
    expect(endpoints[0].relabelings[0].regex).toBe("fakecloud-admin");
  });

  test("a token without the Secret that has it is refused", async () => {
    const without = rendered(...set("serviceMonitor.enabled=true", "serviceMonitor.adminToken=true"));
    await expect(without).rejects.toThrow("settingsSecret");
  });

  test.each([
    ["persistance.enabled=false", "persistance"],
    ["service.type=External", "service/type"],
    ["settings.FAKECLOUD_ADDR=:80", "FAKECLOUD_ADDR"],
    ["settings.POOL_SIZE=3", "POOL_SIZE"],
    ["image.repository=", "image/repository"],
    ["initHooks.seed=x", "seed"],
    ["serviceMonitor.interval=soon", "serviceMonitor/interval"],
  ])("%s is refused by name", async (pair, name) => {
    await expect(rendered(...set(pair))).rejects.toThrow(name);
  });

  test("two releases of one namespace have nothing in common", async () => {
    const other = manifests(await helm("template", "other", chart, "--namespace", "fakecloud"));
    const names = Object.keys(comparable([...(await rendered()), ...other]));
    expect(names).toHaveLength(2 * (await rendered()).length);
    const selectorOf = (list: readonly Manifest[]): Manifest =>
      list.find(({ kind }) => kind === "Deployment").spec.selector.matchLabels;
    expect(selectorOf(other)).not.toEqual(selectorOf(await rendered()));
  });
});
