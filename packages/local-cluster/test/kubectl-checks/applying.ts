import { expect } from "vitest";
import { type Check, configMap, type World } from "./world.ts";

const apply = (manager: string, ...more: string[]): readonly string[] => [
  "apply",
  "--server-side",
  `--field-manager=${manager}`,
  "-f",
  "-",
  ...more,
];

async function managers({ kubectl }: World, name: string): Promise<string> {
  const path = "{range .metadata.managedFields[*]}{.manager} {.fieldsV1.f:data}{'\\n'}{end}".replaceAll(
    "'\\n'",
    '"\\n"',
  );
  return kubectl.ok(["get", "configmap", name, "--show-managed-fields", "-o", `jsonpath=${path}`]);
}

/** Checks of several managers that apply to one object. */
export const applying: readonly Check[] = [
  {
    title: "a field that another manager applied is a conflict, unless forced",
    run: async (world) => {
      const { kubectl } = world;
      await kubectl.ok(apply("one"), configMap("shared", { a: "1", b: "1", c: "1" }));
      const refused = await kubectl.refused(apply("two"), configMap("shared", { a: "2", b: "1" }));
      expect(refused).toContain('error: Apply failed with 1 conflict: conflict with "one": .data.a\n');
      const several = await kubectl.refused(apply("two", "--dry-run=server"), configMap("shared", { a: "2", b: "2" }));
      expect(several).toContain('error: Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\n- .data.b\n');
      await kubectl.ok(apply("two", "--force-conflicts"), configMap("shared", { a: "2", b: "1" }));
      expect(await managers(world, "shared")).toBe('one {"f:b":{},"f:c":{}}\ntwo {"f:a":{},"f:b":{}}\n');
      await kubectl.ok(apply("one"), configMap("shared", { c: "1" }));
      expect(await kubectl.ok(["get", "configmap", "shared", "-o", "jsonpath={.data}"])).toBe(
        '{"a":"2","b":"1","c":"1"}',
      );
    },
  },
  {
    title: "the elements of a list belong to who applied them",
    run: async ({ kubectl }) => {
      const service = (port: number, targetPort: number): string => {
        const spec = { ports: [{ name: `p${port}`, port, protocol: "TCP", targetPort }], selector: { a: "b" } };
        return JSON.stringify({ apiVersion: "v1", kind: "Service", metadata: { name: "elements" }, spec });
      };
      await kubectl.ok(apply("one"), service(80, 1));
      await kubectl.ok(apply("two"), service(81, 1));
      expect(await kubectl.refused(apply("two"), service(80, 2))).toContain(
        'conflict with "one": .spec.ports[port=80,protocol="TCP"].targetPort',
      );
    },
  },
];
