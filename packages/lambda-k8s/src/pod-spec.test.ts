import { fileURLToPath } from "node:url";
import { K8sPodConfig } from "@fc/k8s";
import type { FunctionSpec } from "@fc/lambda/backend";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { functionSpec } from "../test/function-samples.ts";
import type { PodContext } from "./pod-context.ts";
import { buildPodSpec, buildPoolPodSpec, podKind } from "./pod-spec.ts";
import { completeSettings } from "./settings.ts";

const context: PodContext = {
  environmentId: "0123456789abcdef0123456789abcdef",
  hostName: "0123456789abcdef0123456789abcdef.rt",
  runtimeApi: { ip: "10.0.0.1", port: 9001 },
  hasLayers: false,
  gates: {
    supervisor: "<supervisor.sh>",
    node: "<gate.mjs>",
    python: "<gate.py>",
    shell: "<gate.sh>",
    extensions: "<extensions.sh>",
  },
  settings: completeSettings(),
};

const goldens: Readonly<Record<string, { spec: Partial<FunctionSpec>; context?: Partial<PodContext> }>> = {
  node: { spec: {} },
  python: { spec: { runtime: "python3.13", handler: "app.handler", memorySizeMb: 1_769 } },
  provided: { spec: { runtime: "provided.al2023", architecture: "arm64", ephemeralStorageMb: 10_240 } },
  "layers-and-boot-variables": {
    spec: { environment: { NODE_OPTIONS: "--no-warnings" } },
    context: { hasLayers: true },
  },
  image: {
    spec: {
      runtime: "",
      handler: "",
      image: { uri: "111122223333.dkr.ecr.eu-central-1.amazonaws.com/team/app:1" },
      tags: { team: "a" },
    },
    context: { ecr: { host: "registry.example", port: 5000 }, variables: ["AWS_REGION", "GREETING"] },
  },
  "image-with-extensions": {
    spec: { runtime: "", handler: "", image: { uri: "example.com/app:1", command: ["app.handler"] } },
    context: { variables: ["GREETING"], extensions: ["watch", "a $(b) $c"] },
  },
  "image-configured": {
    spec: {
      runtime: "",
      handler: "",
      image: { uri: "example.com/app:1", entryPoint: ["/entry"], command: ["app.handler"], workingDirectory: "/srv" },
      tags: { "fakecloud-k8s/transport": "rie" },
    },
    context: { hasLayers: true, pullSecret: "registry", variables: ["GREETING"] },
  },
  "rie-python": {
    spec: { runtime: "python3.13", handler: "app.handler" },
    context: { hasLayers: true, variables: ["_HANDLER", "GREETING"], settings: completeSettings({ transport: "rie" }) },
  },
  "rie-provided": {
    spec: { runtime: "provided.al2023" },
    context: { variables: ["_HANDLER"], settings: completeSettings({ transport: "rie" }) },
  },
  configured: {
    spec: {
      functionName: `My_Function-${"x".repeat(60)}`,
      tags: { "fakecloud-k8s/node-selector": "disk=ssd", team: "a" },
    },
    context: {
      runtimeApi: { ip: "fd00::1", port: 9001 },
      pullSecret: "registry",
      podConfig: K8sPodConfig.resolvedBase("FAKECLOUD_LAMBDA_K8S", {
        FAKECLOUD_K8S_ANNOTATIONS: "example.com/owner=me",
        FAKECLOUD_LAMBDA_K8S_TOLERATIONS: '[{"key":"lambda","operator":"Exists"}]',
      }),
      settings: completeSettings({
        imageRegistry: "mirror.example:5000/lambda",
        imagePullPolicy: "Always",
        runAsUser: 1_000,
        runAsGroup: 1_000,
        maxLifetimeSeconds: 3_600,
        caConfigMap: "company-ca",
      }),
    },
  },
};

describe("the Pod of an environment", () => {
  test.each(Object.entries(goldens))("is as reviewed: %s", async (name, golden) => {
    const spec = functionSpec(golden.spec);
    const pod = buildPodSpec(spec, spec.deployId, { ...context, ...golden.context });
    await expect(stringify(pod)).toMatchFileSnapshot(
      fileURLToPath(new URL(`__golden__/${name}.yaml`, import.meta.url)),
    );
  });

  test("holds nothing of the function's own environment", () => {
    const spec = functionSpec({ environment: { PASSWORD: "hunter2" } });
    expect(JSON.stringify(buildPodSpec(spec, spec.deployId, context))).not.toContain("hunter2");
  });

  test.each([64, 140])(
    "has a name of its own for every environment, and within 63 characters, for one of %i",
    (length) => {
      const spec = functionSpec({ functionName: "a".repeat(length) });
      const nameOf = (environmentId: string): string =>
        buildPodSpec(spec, spec.deployId, { ...context, environmentId }).metadata?.name ?? "";
      expect(nameOf("one")).not.toBe(nameOf("two"));
      expect(nameOf("one")).toMatch(/^fakecloud-lambda-[a-z0-9-]{1,46}$/);
      const labels = buildPodSpec(spec, "d".repeat(43), context).metadata?.labels ?? {};
      for (const value of Object.values(labels)) expect(value).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
    },
  );

  test("passes an image's command on as it is written", () => {
    const image = { uri: "example.com/app:1", command: ["$(HOME)", "$$", "a"] };
    const pod = buildPodSpec(functionSpec({ runtime: "", handler: "", image }), "deploy-1", context);
    expect(pod.spec?.containers[0]?.args).toEqual(["$$(HOME)", "$$$$", "a"]);
  });

  test("names the operator's certificate authorities, but where the function names others", () => {
    const settings = completeSettings({ caConfigMap: "company-ca" });
    const image = { uri: "example.com/app:1" };
    const variables = ["AWS_CA_BUNDLE", "GREETING"];
    const pod = buildPodSpec(functionSpec({ runtime: "", handler: "", image }), "d", {
      ...context,
      settings,
      variables,
    });
    const own = (pod.spec?.containers[0]?.env ?? []).filter(({ value }) => value === "/etc/fakecloud-ca/ca.crt");
    const names = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];
    expect(own.map(({ name }) => name)).toEqual(names);
  });

  test("follows only the tags that the operator allows", () => {
    const podConfig = K8sPodConfig.resolvedBase("FAKECLOUD_LAMBDA_K8S", { FAKECLOUD_K8S_ALLOWED_TAGS: "annotations" });
    const build = (tags: Record<string, string>): unknown =>
      buildPodSpec(functionSpec({ tags }), "d", { ...context, podConfig });
    expect(build({ "fakecloud-k8s/annotations": "a=b" })).toMatchObject({ metadata: { annotations: { a: "b" } } });
    expect(() => build({ "fakecloud-k8s/tolerations": '[{"operator":"Exists"}]' })).toThrow(
      "tag fakecloud-k8s/tolerations: the operator of this server does not allow it",
    );
  });

  test("takes a runtime's image from the settings when they name one", () => {
    const spec = functionSpec();
    const settings = completeSettings({ images: { "nodejs22.x": "example.com/node:1" } });
    expect(buildPodSpec(spec, spec.deployId, { ...context, settings }).spec?.containers[0]?.image).toBe(
      "example.com/node:1",
    );
  });
});

describe("a kind of Pods", () => {
  const kindOf = (over: Partial<FunctionSpec> = {}, more: Partial<PodContext> = {}): string =>
    podKind(functionSpec(over), { ...context, ...more });

  test.each<[string, Partial<FunctionSpec>]>([
    ["name", { functionName: "other" }],
    ["handler", { handler: "other.handler" }],
    ["code", { deployId: "deploy-2" }],
    ["environment", { environment: { NODE_ENV: "production" } }],
    ["timeout", { timeoutSeconds: 60 }],
    ["account", { account: "444455556666" }],
    ["tags that are nothing to a Pod", { tags: { team: "a" } }],
  ])("does not depend on the function's %s", (_, over) => expect(kindOf(over)).toBe(kindOf()));

  test.each<[string, Partial<FunctionSpec>]>([
    ["runtime", { runtime: "nodejs24.x" }],
    ["memory", { memorySizeMb: 512 }],
    ["architecture", { architecture: "arm64" }],
    ["size of /tmp", { ephemeralStorageMb: 1_024 }],
    ["variables that count when the interpreter starts", { environment: { NODE_OPTIONS: "--no-warnings" } }],
    ["Pod configuration by tags", { tags: { "fakecloud-k8s/node-selector": "disk=ssd" } }],
  ])("depends on the function's %s", (_, over) => expect(kindOf(over)).not.toBe(kindOf()));

  test("is the same for every Pod, and another one when the server's address or the layers' folder differs", () => {
    expect(kindOf({}, { environmentId: "other", hostName: "other.rt" })).toBe(kindOf());
    expect(kindOf({}, { hasLayers: true })).not.toBe(kindOf());
    expect(kindOf({}, { runtimeApi: { ip: "10.0.0.2", port: 9001 } })).not.toBe(kindOf());
  });

  test("a Pod of the pool is the function's Pod but for its name and labels", () => {
    const pool = buildPoolPodSpec(functionSpec(), context);
    const own = buildPodSpec(functionSpec(), "deploy-1", context);
    expect(pool.metadata?.name).toMatch(/^fakecloud-lambda-nodejs22-x-[0-9a-f]{12}$/);
    expect(pool.metadata?.labels).toEqual({ "fakecloud-lambda-pool": kindOf() });
    const text = JSON.stringify(own.spec).replaceAll(own.metadata?.name ?? "", pool.metadata?.name ?? "");
    expect(JSON.stringify(pool.spec)).toBe(text);
  });
});
