import { expect, test } from "vitest";
import { typeMismatch } from "./check-types.ts";
import { TypeTable } from "./kubernetes-types.ts";

const types = new TypeTable();

function mismatch(kind: string, object: Record<string, unknown>): string | undefined {
  const type = types.ofKind("v1", kind);
  if (type === undefined) throw new Error(`no type ${kind}`);
  return typeMismatch(types, type, object);
}

// What a real API server (1.34) answers with.
test.each([
  ["ConfigMap", { data: { a: { x: 1 } } }, "object into Go struct field ConfigMap.data of type string"],
  ["ConfigMap", { data: [] }, "array into Go struct field ConfigMap.data of type map[string]string"],
  ["ConfigMap", { data: { a: 1 } }, "number into Go struct field ConfigMap.data of type string"],
  ["ConfigMap", { immutable: "yes" }, "string into Go struct field ConfigMap.immutable of type bool"],
  ["Pod", { spec: { containers: "no" } }, "string into Go struct field PodSpec.spec.containers of type []v1.Container"],
  ["Pod", { spec: { containers: ["x"] } }, "string into Go struct field PodSpec.spec.containers of type v1.Container"],
  [
    "Pod",
    { spec: { containers: [{ ports: [{ containerPort: 1.5 }] }] } },
    "number 1.5 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
  ],
  [
    "Pod",
    { spec: { containers: [{ env: [{ value: 1 }] }] } },
    "number into Go struct field EnvVar.spec.containers.env.value of type string",
  ],
  [
    "Pod",
    { spec: { securityContext: [] } },
    "array into Go struct field PodSpec.spec.securityContext of type v1.PodSecurityContext",
  ],
])("%s %j", (kind, object, wanted) => {
  expect(mismatch(kind, object)).toBe(`json: cannot unmarshal ${wanted}`);
});

test("base64 and quantities have rules of their own", () => {
  expect(mismatch("Secret", { data: { a: "%%" } })).toBe("illegal base64 data at input byte 0");
  expect(mismatch("Secret", { data: { a: "eA==" } })).toBeUndefined();
  const limits = (cpu: unknown): Record<string, unknown> => ({
    spec: { containers: [{ resources: { limits: { cpu } } }] },
  });
  expect(mismatch("Pod", limits("abc"))).toMatch(/^quantities must match/);
  expect([mismatch("Pod", limits(1)), mismatch("Pod", limits("100m"))]).toEqual([undefined, undefined]);
});

test("what fits, and what is null, passes", () => {
  const container = {
    name: "c",
    image: null,
    ports: [{ containerPort: 80 }],
    livenessProbe: { httpGet: { port: "http" } },
  };
  expect(mismatch("Pod", { metadata: { labels: { a: "b" } }, spec: { containers: [container] } })).toBeUndefined();
});
