import { expect } from "vitest";
import type { Kubectl } from "../kubectl.ts";
import { type Check, configMap } from "./world.ts";

const apply = (kubectl: Kubectl, manifest: string, ...more: string[]): Promise<string> =>
  kubectl.ok(["apply", ...more, "-f", "-"], manifest);

const field = (kubectl: Kubectl, name: string, path: string): Promise<string> =>
  kubectl.ok(["get", "configmap", name, "-o", `jsonpath={${path}}`]);

const patch = (kubectl: Kubectl, name: string, type: string, body: unknown): Promise<string> =>
  kubectl.ok(["patch", "configmap", name, `--type=${type}`, "-p", JSON.stringify(body)]);

/** Checks that write. */
export const changing: readonly Check[] = [
  {
    title: "apply creates",
    run: async ({ kubectl }) => {
      expect(await apply(kubectl, configMap("applied", { a: "1" }))).toBe("configmap/applied created\n");
    },
  },
  {
    title: "apply again changes only what changed",
    run: async ({ kubectl }) => {
      await apply(kubectl, configMap("again", { a: "1", b: "1" }));
      expect(await apply(kubectl, configMap("again", { a: "1", b: "1" }))).toBe("configmap/again unchanged\n");
      expect(await apply(kubectl, configMap("again", { a: "2" }))).toBe("configmap/again configured\n");
      expect(await field(kubectl, "again", ".data")).toBe('{"a":"2"}');
    },
  },
  {
    title: "apply refuses an unknown field",
    run: async ({ kubectl }) => {
      const manifest = configMap("wrong", {}).replace('"data"', '"date"');
      const said = await kubectl.refused(["apply", "-f", "-"], manifest);
      expect(said).toContain('strict decoding error: unknown field "date"');
    },
  },
  {
    title: "apply --server-side",
    run: async ({ kubectl }) => {
      const said = await apply(kubectl, configMap("server-side", { a: "1" }), "--server-side");
      expect(said).toBe("configmap/server-side serverside-applied\n");
      await apply(kubectl, configMap("server-side", { b: "1" }), "--server-side");
      expect(await field(kubectl, "server-side", ".data")).toBe('{"b":"1"}');
      const managers = await field(kubectl, "server-side", ".metadata.managedFields[*].manager");
      expect(managers).toBe("kubectl");
    },
  },
  {
    title: "apply --dry-run=server stores nothing",
    run: async ({ kubectl }) => {
      const said = await apply(kubectl, configMap("dry", { a: "1" }), "--dry-run=server");
      expect(said).toBe("configmap/dry created (server dry run)\n");
      expect(await kubectl.refused(["get", "configmap", "dry"])).toContain("NotFound");
    },
  },
  {
    title: "diff shows what an apply would change",
    run: async ({ kubectl }) => {
      await apply(kubectl, configMap("differs", { a: "1" }));
      expect(await kubectl.run(["diff", "-f", "-"], configMap("differs", { a: "2" }))).toMatchObject({
        ...{ code: 1, stdout: expect.stringMatching(/^- {2}a: "1"\n\+ {2}a: "2"$/m) },
      });
    },
  },
  {
    title: "create configmap",
    run: async ({ kubectl }) => {
      const said = await kubectl.ok(["create", "configmap", "made", "--from-literal=k=v"]);
      expect(said).toBe("configmap/made created\n");
      expect(await field(kubectl, "made", ".data.k")).toBe("v");
      const again = await kubectl.refused(["create", "configmap", "made"]);
      expect(again).toContain('configmaps "made" already exists');
    },
  },
  {
    title: "create secret",
    run: async ({ kubectl }) => {
      await kubectl.ok(["create", "secret", "generic", "hidden", "--from-literal=password=x"]);
      expect(await kubectl.ok(["get", "secret", "hidden", "-o", "jsonpath={.type} {.data.password}"])).toBe(
        "Opaque eA==",
      );
    },
  },
  {
    title: "create namespace, and delete it",
    run: async ({ kubectl, namespace }) => {
      const name = `${namespace}-made`;
      expect(await kubectl.ok(["create", "namespace", name])).toBe(`namespace/${name} created\n`);
      expect(await kubectl.ok(["get", "namespace", name])).toMatch(/ Active /);
      expect(await kubectl.ok(["delete", "namespace", name])).toContain(`namespace "${name}" deleted`);
      expect(await kubectl.refused(["get", "namespace", name])).toContain("NotFound");
    },
  },
  {
    title: "label",
    run: async ({ kubectl }) => {
      await kubectl.ok(["create", "configmap", "labelled"]);
      expect(await kubectl.ok(["label", "configmap", "labelled", "x=1"])).toBe("configmap/labelled labeled\n");
      expect(await kubectl.refused(["label", "configmap", "labelled", "x=2"])).toContain("--overwrite is false");
      expect(await field(kubectl, "labelled", ".metadata.labels")).toBe('{"x":"1"}');
      await kubectl.ok(["label", "configmap", "labelled", "x-"]);
      expect(await field(kubectl, "labelled", ".metadata.labels")).toBe("");
    },
  },
  {
    title: "annotate",
    run: async ({ kubectl }) => {
      await kubectl.ok(["create", "configmap", "noted"]);
      expect(await kubectl.ok(["annotate", "configmap", "noted", "note=hello"])).toBe("configmap/noted annotated\n");
      expect(await field(kubectl, "noted", ".metadata.annotations.note")).toBe("hello");
    },
  },
  {
    title: "patch: strategic merge",
    run: async ({ kubectl }) => {
      await kubectl.ok(["create", "service", "clusterip", "strategic", "--tcp=80:8080"]);
      const ports = [{ port: 443, name: "https", targetPort: 8443 }];
      await kubectl.ok(["patch", "service", "strategic", "-p", JSON.stringify({ spec: { ports } })]);
      const found = await kubectl.ok(["get", "service", "strategic", "-o", "jsonpath={.spec.ports[*].targetPort}"]);
      expect(found.split(" ").sort()).toEqual(["8080", "8443"]);
    },
  },
  {
    title: "patch: merge",
    run: async ({ kubectl }) => {
      await kubectl.ok(["create", "configmap", "merged", "--from-literal=a=1", "--from-literal=b=1"]);
      await patch(kubectl, "merged", "merge", { data: { a: null, c: "1" } });
      expect(await field(kubectl, "merged", ".data")).toBe('{"b":"1","c":"1"}');
    },
  },
  {
    title: "patch: json",
    run: async ({ kubectl }) => {
      await kubectl.ok(["create", "configmap", "json", "--from-literal=a=1"]);
      await patch(kubectl, "json", "json", [{ op: "replace", path: "/data/a", value: "2" }]);
      expect(await field(kubectl, "json", ".data.a")).toBe("2");
      const wrong = JSON.stringify([{ op: "test", path: "/data/a", value: "9" }]);
      expect(await kubectl.refused(["patch", "configmap", "json", "--type=json", "-p", wrong])).toContain("is invalid");
    },
  },
  {
    title: "replace",
    run: async ({ kubectl }) => {
      await kubectl.ok(["create", "configmap", "replaced", "--from-literal=a=1"]);
      const live = await kubectl.ok(["get", "configmap", "replaced", "-o", "json"]);
      const next = live.replace('"a": "1"', '"a": "2"');
      expect(await kubectl.ok(["replace", "-f", "-"], next)).toBe("configmap/replaced replaced\n");
      const said = await kubectl.refused(["replace", "-f", "-"], live);
      expect(said).toContain("the object has been modified; please apply your changes to the latest version");
    },
  },
];
