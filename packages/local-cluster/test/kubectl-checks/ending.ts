import { expect } from "vitest";
import { type Check, pod } from "./world.ts";

const run = (name: string): readonly string[] => ["run", name, "--image=busybox:1.36", "--restart=Never", "--"];

/** Checks that start Pods and end them. */
export const ending: readonly Check[] = [
  {
    title: "run starts a Pod",
    run: async ({ kubectl }) => {
      expect(await kubectl.ok([...run("ran"), "echo", "hello"])).toBe("pod/ran created\n");
      await kubectl.ok(["wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/ran", "--timeout=40s"]);
      expect(await kubectl.ok(["logs", "ran"])).toBe("hello\n");
      expect(await kubectl.ok(["get", "pod", "ran"])).toMatch(/ran +0\/1 +Completed/);
    },
  },
  {
    title: "delete waits until it is gone",
    run: async ({ kubectl }) => {
      await kubectl.ok(["apply", "-f", "-"], pod("doomed", "exec sleep 1000"));
      await kubectl.ok(["wait", "--for=condition=Ready", "pod/doomed", "--timeout=40s"]);
      expect(await kubectl.ok(["delete", "pod", "doomed"])).toMatch(/^pod "doomed" deleted( from \S+ namespace)?\n$/);
      expect(await kubectl.refused(["get", "pod", "doomed"])).toContain("NotFound");
      expect(await kubectl.refused(["delete", "pod", "doomed"])).toContain('pods "doomed" not found');
    },
  },
  {
    title: "delete --force does not wait",
    run: async ({ kubectl }) => {
      await kubectl.ok([...run("forced"), "sleep", "1000"]);
      const said = await kubectl.ok(["delete", "pod", "forced", "--force", "--grace-period=0"]);
      expect(said).toContain('pod "forced" force deleted');
      expect(await kubectl.refused(["get", "pod", "forced"])).toContain("NotFound");
    },
  },
  {
    title: "delete --all ends all of a namespace",
    run: async ({ kubectl, namespace }) => {
      const there = ["-n", `${namespace}-all`];
      await kubectl.ok(["create", "namespace", `${namespace}-all`]);
      for (const name of ["one", "two"]) await kubectl.ok([...there, ...run(name), "sleep", "1000"]);
      await kubectl.ok([...there, "delete", "pods", "--all", "--grace-period=1"]);
      expect(await kubectl.ok([...there, "get", "pods", "-o", "name"])).toBe("");
      await kubectl.ok(["delete", "namespace", `${namespace}-all`, "--wait=false"]);
    },
  },
];
