import { expect, test } from "vitest";
import type { Container, Pod } from "../pod-types.ts";
import { containerEnv, type EnvContext } from "./container-env.ts";

const data = new Map([["key", Buffer.from("secret value")]]);

function env(container: Partial<Container>): Record<string, string> {
  const whole: Container = { name: "main", image: "i", ...container };
  const context: EnvContext = {
    pod: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace: "ns", labels: { app: "x" } },
      spec: { containers: [whole] },
    } as Pod,
    container: whole,
    source: { secret: (name) => (name === "s" ? data : undefined), configMap: () => undefined },
    addresses: { podIp: "127.77.0.1", hostIp: "127.0.0.1" },
    capacity: { cpus: 4, memoryBytes: 2 ** 30, storageBytes: 2 ** 34 },
  };
  return containerEnv(context);
}

test("later names win and may use earlier ones, envFrom included", () => {
  const variables = [
    { name: "A", value: "$(P_key)!" },
    { name: "A", value: "$(A)?" },
  ];
  expect(env({ envFrom: [{ prefix: "P_", secretRef: { name: "s" } }], env: variables })).toEqual({
    P_key: "secret value",
    A: "secret value!?",
  });
});

test("fields and resources of the Pod become values", () => {
  const variables = [
    { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
    { name: "APP", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
    { name: "MIB", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Mi" } } },
    { name: "CPU", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
  ];
  const resources = { limits: { memory: "128Mi" } };
  expect(env({ env: variables, resources })).toEqual({ IP: "127.77.0.1", APP: "x", MIB: "128", CPU: "4" });
});

test("what is missing is an error in the kubelet's words, unless it is optional", () => {
  const secret = (name: string, key: string, optional = false): object => ({
    name: "V",
    valueFrom: { secretKeyRef: { name, key, optional } },
  });
  expect(() => env({ env: [secret("none", "key")] as never })).toThrow('secret "none" not found');
  expect(() => env({ env: [secret("s", "none")] as never })).toThrow("couldn't find key none in Secret ns/s");
  expect(env({ env: [secret("none", "key", true)] as never })).toEqual({});
  expect(() => env({ envFrom: [{ configMapRef: { name: "c" } }] })).toThrow('configmap "c" not found');
});
