import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SettingsError } from "@fc/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { K8sEnv } from "./env.ts";

const selfUrl = { FAKECLOUD_K8S_SELF_URL: "http://fakecloud.default.svc:4566/" };

describe("K8sEnv.fromEnv", () => {
  test("completes an http URL with the server's port, and leaves a written port and https alone", () => {
    const of = (url: string): string => K8sEnv.fromEnv(4566, { FAKECLOUD_K8S_SELF_URL: url }).selfUrl;
    expect(of("http://fakecloud/")).toBe("http://fakecloud:4566");
    expect(of("http://fakecloud:80")).toBe("http://fakecloud");
    expect(of("http://fakecloud:8080/base/")).toBe("http://fakecloud:8080/base");
    expect(of("https://fakecloud")).toBe("https://fakecloud");
  });

  test("takes all but the own URL from defaults", () => {
    expect(K8sEnv.fromEnv(4566, { FAKECLOUD_K8S_SELF_URL: "http://host.docker.internal" })).toEqual({
      selfUrl: "http://host.docker.internal:4566",
      selfHost: "host.docker.internal",
      namespace: "default",
      ecrHost: "host.docker.internal",
      ecrPort: 4566,
      hasOwnEcr: false,
    });
  });

  test.each([
    ["http://a:80", 80],
    ["http://a:9000/base", 9000],
    ["https://a", 4566],
    ["http://[::1]:7000", 7000],
  ])("takes the registry's port from %s as %i", (url, port) => {
    expect(K8sEnv.fromEnv(4566, { FAKECLOUD_K8S_SELF_URL: url }).ecrPort).toBe(port);
  });

  test.each([
    ["registry.example:5000", { ecrHost: "registry.example", ecrPort: 5000 }],
    ["http://registry.example", { ecrHost: "registry.example", ecrPort: 4566 }],
    ["[fd00::1]:5000", { ecrHost: "fd00::1", ecrPort: 5000 }],
  ])("reads the registry %s", (text, expected) => {
    expect(K8sEnv.fromEnv(4566, { ...selfUrl, FAKECLOUD_K8S_ECR_URL: text })).toMatchObject(expected);
  });

  test("treats a blank namespace and pull secret as absent", () => {
    const environment = { ...selfUrl, FAKECLOUD_K8S_NAMESPACE: " ", FAKECLOUD_K8S_PULL_SECRET: "" };
    const env = K8sEnv.fromEnv(4566, environment);
    expect(env.namespace).toBe("default");
    expect(env).not.toHaveProperty("pullSecret");
  });

  test("in a Pod takes the Pod's own namespace, unless another cluster or another namespace is meant", () => {
    const serviceAccountDirectory = mkdtempSync(join(tmpdir(), "fc-service-account-"));
    onTestFinished(() => rmSync(serviceAccountDirectory, { recursive: true }));
    writeFileSync(join(serviceAccountDirectory, "namespace"), "mine\n");
    const namespaceWith = (environment: Record<string, string>): string =>
      K8sEnv.fromEnv(4566, { ...selfUrl, ...environment }, { serviceAccountDirectory }).namespace;
    const pod = { KUBERNETES_SERVICE_HOST: "10.96.0.1" };
    expect(namespaceWith(pod)).toBe("mine");
    expect(namespaceWith({ ...pod, FAKECLOUD_K8S_NAMESPACE: "dev" })).toBe("dev");
    expect(namespaceWith({ ...pod, KUBECONFIG: "/elsewhere" })).toBe("default");
    expect(namespaceWith({})).toBe("default");
    rmSync(join(serviceAccountDirectory, "namespace"));
    expect(namespaceWith(pod)).toBe("default");
  });

  test("reads namespace and pull secret", () => {
    const environment = { ...selfUrl, FAKECLOUD_K8S_NAMESPACE: "dev", FAKECLOUD_K8S_PULL_SECRET: "regcred" };
    expect(K8sEnv.fromEnv(4566, environment)).toMatchObject({ namespace: "dev", pullSecret: "regcred" });
  });

  test("reports everything that is wrong at once", () => {
    const environment = {
      FAKECLOUD_K8S_SELF_URL: "fakecloud:4566",
      FAKECLOUD_K8S_NAMESPACE: "Not_A_Namespace",
      FAKECLOUD_K8S_ECR_URL: "",
      FAKECLOUD_K8S_PULL_SECRET: "a,b",
    };
    const error = caught(() => K8sEnv.fromEnv(4566, environment));
    expect(error.problems.map(({ setting }) => setting)).toEqual(Object.keys(environment));
  });

  test("fails without the own URL", () => {
    expect(caught(() => K8sEnv.fromEnv(4566, {})).message).toContain("FAKECLOUD_K8S_SELF_URL is not set");
  });
});

function caught(action: () => unknown): SettingsError {
  try {
    action();
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
