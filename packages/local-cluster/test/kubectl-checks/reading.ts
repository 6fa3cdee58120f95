import { createInterface } from "node:readline";
import { expect } from "vitest";
import { type Check, pod } from "./world.ts";

/** Checks that ask. */
export const reading: readonly Check[] = [
  {
    title: "version names the server's",
    run: async ({ kubectl }) => {
      expect(await kubectl.ok(["version"])).toMatch(/Server Version: v1\.34\./);
    },
  },
  {
    title: "api-resources lists what there is, with its group",
    run: async ({ kubectl }) => {
      const names = (await kubectl.ok(["api-resources", "-o", "name"])).split("\n");
      expect(names).toEqual(expect.arrayContaining(["pods", "leases.coordination.k8s.io", "events.events.k8s.io"]));
      expect(await kubectl.ok(["api-resources"])).toMatch(/^pods +po +v1 +true +Pod$/m);
    },
  },
  {
    title: "get shows a table",
    run: async ({ kubectl }) => {
      expect(await kubectl.ok(["get", "pod", "web"])).toMatch(
        /^NAME +READY +STATUS +RESTARTS +AGE\nweb +1\/1 +Running +0 +\d+s\n$/,
      );
    },
  },
  {
    title: "get -o wide adds address and node",
    run: async ({ kubectl }) => {
      const [header = "", row = ""] = (await kubectl.ok(["get", "pod", "web", "-o", "wide"])).split("\n");
      expect(header.split(/ {2,}/)).toEqual(
        expect.arrayContaining(["IP", "NODE", "NOMINATED NODE", "READINESS GATES"]),
      );
      expect(row).toMatch(/ \d+\.\d+\.\d+\.\d+ +\S+ +<none> +<none>/);
    },
  },
  {
    title: "get -o yaml, json and name show the object",
    run: async ({ kubectl }) => {
      expect(await kubectl.ok(["get", "pod", "web", "-o", "yaml"])).toContain("\n  phase: Running\n");
      expect(JSON.parse(await kubectl.ok(["get", "pod", "web", "-o", "json"]))).toMatchObject({
        ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "web" }, spec: { schedulerName: "default-scheduler" } },
      });
      expect(await kubectl.ok(["get", "pod/web", "-o", "name"])).toBe("pod/web\n");
    },
  },
  {
    title: "get selects by label and by field, and sorts",
    run: async ({ kubectl }) => {
      expect(await kubectl.ok(["get", "pods", "-l", "app in (web,other),app!=other", "-o", "name"])).toBe("pod/web\n");
      const byField = ["get", "pods", "--field-selector=status.phase=Running,metadata.name=web"];
      expect(await kubectl.ok([...byField, "--sort-by=.metadata.name"])).toMatch(/^NAME.*\nweb .*\n$/);
    },
  },
  {
    title: "get of what is absent says so",
    run: async ({ kubectl }) => {
      const said = await kubectl.refused(["get", "pod", "absent"]);
      expect(said).toBe('Error from server (NotFound): pods "absent" not found\n');
    },
  },
  {
    title: "get -w sees a Pod run, terminate and go",
    run: async ({ kubectl }) => {
      await kubectl.ok(["apply", "-f", "-"], pod("watched", "exec sleep 1000"));
      await kubectl.ok(["wait", "--for=condition=Ready", "pod/watched", "--timeout=40s"]);
      const watch = kubectl.start(["get", "pod", "watched", "-w"]);
      const lines = createInterface(watch.stdout)[Symbol.asyncIterator]();
      try {
        expect((await lines.next()).value).toMatch(/^NAME +READY/);
        expect((await lines.next()).value).toMatch(/^watched +1\/1 +Running/);
        await kubectl.ok(["delete", "pod", "watched"]);
        expect((await lines.next()).value).toMatch(/^watched +1\/1 +Terminating/);
      } finally {
        watch.kill();
      }
    },
  },
  {
    title: "wait waits for a condition and for a field",
    run: async ({ kubectl }) => {
      expect(await kubectl.ok(["wait", "--for=condition=Ready", "pod/web"])).toBe("pod/web condition met\n");
      const phase = ["wait", "--for=jsonpath={.status.phase}=Running", "pod/web"];
      expect(await kubectl.ok(phase)).toBe("pod/web condition met\n");
      const late = await kubectl.refused(["wait", "--for=condition=Absent", "pod/web", "--timeout=1s"]);
      expect(late).toContain("timed out waiting for the condition on pods/web");
    },
  },
  {
    title: "describe pod tells its story",
    run: async ({ kubectl }) => {
      const text = await kubectl.ok(["describe", "pod", "web"]);
      expect(text).toMatch(/Status: +Running/);
      for (const reason of ["Scheduled", "Pulled", "Created", "Started"]) {
        expect(text).toMatch(new RegExp(`Normal +${reason} +\\S+ +(kubelet|default-scheduler)`));
      }
    },
  },
  {
    title: "describe node tells what runs on it",
    run: async ({ kubectl }) => {
      const node = await kubectl.ok(["get", "pod", "web", "-o", "jsonpath={.spec.nodeName}"]);
      const text = await kubectl.ok(["describe", "node", node]);
      expect(text).toMatch(/Non-terminated Pods: +\(\d+ in total\)/);
      expect(text).toMatch(/ web +0 \(0%\)/);
      expect(text).toMatch(/Ready +True/);
    },
  },
  {
    title: "events --for a Pod",
    run: async ({ kubectl }) => {
      const text = await kubectl.ok(["events", "--for", "pod/web"]);
      expect(text).toMatch(/^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n/);
      expect(text).toMatch(/Normal +Started +Pod\/web +/);
    },
  },
  {
    title: "explain describes a field",
    run: async ({ kubectl }) => {
      const text = await kubectl.ok(["explain", "pod.spec.containers.volumeMounts"]);
      expect(text).toMatch(/VERSION: +v1/);
      expect(text).toMatch(/mountPath\s+<string> -required-/);
    },
  },
  {
    title: "auth can-i",
    run: async ({ kubectl }) => {
      expect(await kubectl.ok(["auth", "can-i", "create", "pods"])).toBe("yes\n");
      expect(await kubectl.ok(["auth", "can-i", "--list"])).toMatch(/^\*\.\* +\[\] +\[\] +\[\*\]$/m);
    },
  },
];
