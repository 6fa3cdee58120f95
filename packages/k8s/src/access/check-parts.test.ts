import { describe, expect, test } from "vitest";
import { accessText } from "./access-report.ts";
import { bindCommand } from "./check-identity.ts";
import { warningTexts } from "./check-pods.ts";
import { podNeeds } from "./pod-needs.ts";

test("warnings of the API server are read with commas and quotes inside", () => {
  const header = '299 - "would violate PodSecurity \\"restricted:latest\\": a, b", 299 - "second"';
  expect(warningTexts(header)).toEqual(['would violate PodSecurity "restricted:latest": a, b', "second"]);
  expect(warningTexts("")).toEqual([]);
});

describe("bindCommand", () => {
  test.each([
    ["system:serviceaccount:infra:server", "--serviceaccount=infra:server"],
    ["jane@example.com", "--user=jane@example.com"],
    [undefined, "--user=USER"],
  ])("names %s as kubectl wants it", (identity, flag) => {
    expect(bindCommand(identity, "ns")).toBe(`kubectl -n ns create rolebinding fakecloud --role=fakecloud ${flag}`);
  });
});

describe("podNeeds", () => {
  const container = (name: string, memory: string, kind: "requests" | "limits" = "requests"): object => ({
    name,
    resources: { [kind]: { memory } },
  });
  const needs = (spec: object): number | undefined =>
    podNeeds([{ spec: spec as { containers: [] } }], Number).get("requests.memory");

  test("adds containers and sidecars, and takes a larger init container instead", () => {
    const containers = [container("a", "10"), container("b", "20")];
    expect(needs({ containers })).toBe(30);
    expect(needs({ containers, initContainers: [{ ...container("s", "5"), restartPolicy: "Always" }] })).toBe(35);
    expect(needs({ containers, initContainers: [container("i", "40")] })).toBe(40);
  });

  test("takes a limit for the request when there is none", () => {
    expect(needs({ containers: [container("a", "10", "limits")] })).toBe(10);
  });
});

test("the text names what is wrong, a common fix once, and counts what is granted", () => {
  const text = accessText({
    server: "https://k",
    namespace: "ns",
    identity: "u",
    inCluster: false,
    ok: false,
    lines: [
      { code: "FC_K8S_ACCESS_PERMISSION", state: "ok", subject: "get pods", message: "u may get pods" },
      { code: "FC_K8S_ACCESS_PERMISSION", state: "problem", subject: "list pods", message: "u may not", fix: "do it" },
      { code: "FC_K8S_ACCESS_PERMISSION", state: "problem", subject: "list x", message: "u may neither", fix: "do it" },
    ],
  });
  expect(text.split("\n")).toEqual([
    "Kubernetes at https://k, namespace ns",
    "problem  u may not (FC_K8S_ACCESS_PERMISSION)",
    "problem  u may neither (FC_K8S_ACCESS_PERMISSION)",
    "         fix: do it",
    "ok       1 of 3 permissions are granted",
    "2 problems.",
  ]);
});
