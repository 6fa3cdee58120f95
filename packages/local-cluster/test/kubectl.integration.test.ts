import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalCluster, startLocalCluster } from "../src/start-local-cluster.ts";
import { Kubectl, kubectlMissing } from "./kubectl.ts";

const skip = kubectlMissing() !== undefined;
let directory: string;
let cluster: LocalCluster;
let kubectl: Kubectl;

const manifest = (name: string, command: readonly string[], more: Record<string, unknown> = {}): string =>
  JSON.stringify({
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name, labels: { app: name } } },
    spec: { terminationGracePeriodSeconds: 1, containers: [{ name: "main", image: "busybox:1.36", command, ...more }] },
  });
const sha256 = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fc-kubectl-"));
  cluster = await startLocalCluster({ dataDirectory: join(directory, "data") });
  kubectl = new Kubectl(cluster.kubeconfigPath, directory);
  if (skip) return;
  await kubectl.ok(["apply", "-f", "-"], {
    input: manifest("web", ["sh", "-c", "echo first; echo second; exec sleep 1000"]),
  });
  await kubectl.ok(["wait", "--for=condition=Ready", "pod/web", "--timeout=20s"]);
});
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

describe.skipIf(skip)("kubectl", () => {
  test("discovers: version, api-resources, explain, can-i, whoami", async () => {
    expect(await kubectl.ok(["version"])).toContain("Server Version: v1.34");
    expect(await kubectl.ok(["api-resources", "-o", "name"])).toContain("leases.coordination.k8s.io");
    expect(await kubectl.ok(["explain", "pod.spec.containers.volumeMounts"])).toMatch(/mountPath\s+<string>/);
    expect(await kubectl.ok(["auth", "can-i", "create", "pods"])).toBe("yes\n");
    expect(await kubectl.ok(["auth", "whoami"])).toContain("local-admin");
  });

  test("gets: table, wide, yaml, name, selectors, sorted", async () => {
    expect(await kubectl.ok(["get", "pods"])).toMatch(/NAME +READY +STATUS +RESTARTS +AGE\nweb +1\/1 +Running/);
    expect(await kubectl.ok(["get", "pods", "-o", "wide"])).toMatch(/web .* 127\.77\./);
    expect(await kubectl.ok(["get", "pod", "web", "-o", "yaml"])).toContain("phase: Running");
    expect(await kubectl.ok(["get", "pods", "-l", "app=web", "-o", "name"])).toBe("pod/web\n");
    expect(
      await kubectl.ok(["get", "pods", "--field-selector=status.phase=Running", "--sort-by=.metadata.name"]),
    ).toContain("web");
    expect(await kubectl.ok(["get", "all", "-A"])).toContain("pod/web");
    expect(await kubectl.ok(["get", "nodes"])).toContain("Ready");
    expect(await kubectl.run(["get", "pod", "absent"])).toMatchObject({
      code: 1,
      stderr: 'Error from server (NotFound): pods "absent" not found\n',
    });
  });

  test("describes: pod with events, node", async () => {
    const text = await kubectl.ok(["describe", "pod", "web"]);
    expect(text).toMatch(/Started +\S+ +kubelet/);
    expect(await kubectl.ok(["describe", "nodes"])).toContain("Non-terminated Pods");
    expect(await kubectl.ok(["events", "--for", "pod/web"])).toContain("Scheduled");
  });

  test("applies: again without a change, server-side, dry run, diff, unknown field refused", async () => {
    const input = JSON.stringify({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "settings" },
      data: { a: "1" },
    });
    const apply = (...more: string[]): Promise<string> => kubectl.ok(["apply", ...more, "-f", "-"], { input });
    expect(await apply()).toBe("configmap/settings created\n");
    expect(await apply()).toBe("configmap/settings unchanged\n");
    expect(await apply("--dry-run=server")).toContain("unchanged (server dry run)");
    expect(await apply("--server-side", "--force-conflicts")).toContain("serverside-applied");
    const changed = input.replace('"a":"1"', '"a":"2"');
    expect(await kubectl.run(["diff", "-f", "-"], { input: changed })).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('+  a: "2"'),
    });
    expect(await kubectl.ok(["apply", "-f", "-"], { input: changed })).toBe("configmap/settings configured\n");
    const wrong = input.replace('"data"', '"date"').replace("settings", "wrong");
    expect((await kubectl.run(["apply", "-f", "-"], { input: wrong })).stderr).toContain('unknown field "date"');
  });

  test("creates with protobuf bodies: configmap, secret, namespace, service", async () => {
    expect(await kubectl.ok(["create", "cm", "made", "--from-literal=k=v"])).toContain("created");
    await kubectl.ok(["create", "secret", "generic", "hidden", "--from-literal=password=x"]);
    expect(await kubectl.ok(["get", "secret", "hidden", "-o", "jsonpath={.data.password}"])).toBe("eA==");
    await kubectl.ok(["create", "ns", "other"]);
    await kubectl.ok(["create", "service", "clusterip", "made", "--tcp=80:8080"]);
    expect(await kubectl.ok(["get", "svc", "made", "-o", "jsonpath={.spec.ports[0].targetPort}"])).toBe("8080");
    await kubectl.ok(["delete", "ns", "other"]);
    expect((await kubectl.run(["get", "ns", "other"])).code).toBe(1);
  });

  test("changes: label, annotate, the three patches, replace, set image refused elsewhere", async () => {
    await kubectl.ok(["label", "pod", "web", "x=1"]);
    await kubectl.ok(["annotate", "pod", "web", "note=hello"]);
    await kubectl.ok(["patch", "pod", "web", "-p", '{"metadata":{"labels":{"y":"1"}}}']);
    await kubectl.ok(["patch", "pod", "web", "--type=merge", "-p", '{"metadata":{"labels":{"x":null}}}']);
    await kubectl.ok([
      "patch",
      "pod",
      "web",
      "--type=json",
      "-p",
      '[{"op":"add","path":"/metadata/labels/z","value":"1"}]',
    ]);
    expect(await kubectl.ok(["get", "pod", "web", "-o", "jsonpath={.metadata.labels}"])).toBe(
      '{"app":"web","y":"1","z":"1"}',
    );
    const refused = await kubectl.run(["patch", "pod", "web", "-p", '{"spec":{"restartPolicy":"Never"}}']);
    expect(refused.stderr).toContain("pod updates may not change fields other than");
    const pod = await kubectl.ok(["get", "pod", "web", "-o", "json"]);
    expect(await kubectl.ok(["replace", "-f", "-"], { input: pod })).toBe("pod/web replaced\n");
  });

  test("reads logs, all and the last line", async () => {
    expect(await kubectl.ok(["logs", "web"])).toBe("first\nsecond\n");
    expect(await kubectl.ok(["logs", "web", "--tail=1"])).toBe("second\n");
    expect((await kubectl.run(["logs", "web", "-c", "no"])).stderr).toContain("container no is not valid for pod web");
  });

  test("follows a log until its container ends", async () => {
    const input = manifest("short", ["sh", "-c", "echo one; read line; echo $line"], { stdin: true, stdinOnce: true });
    await kubectl.ok(["apply", "-f", "-"], { input: input.replace('"spec":{', '"spec":{"restartPolicy":"Never",') });
    await kubectl.ok(["wait", "--for=condition=Ready", "pod/short", "--timeout=20s"]);
    const follow = kubectl.start(["logs", "-f", "short"]);
    const lines = createInterface(follow.stdout)[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe("one");
    await kubectl.run(["attach", "-i", "short"], { input: "two\n" });
    expect((await lines.next()).value).toBe("two");
    expect((await lines.next()).done).toBe(true);
    await kubectl.ok(["delete", "pod", "short"]);
  });

  const transports: readonly [string, Record<string, string>][] = [
    ["WebSocket", {}],
    ["SPDY", { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: "false" }],
  ];

  test.each(transports)(
    "executes over %s: output, error output, exit code, stdin, 20 MB out, 5 MB in",
    async (_name, env) => {
      const exec = (script: string): readonly string[] => ["exec", "-i", "web", "--", "sh", "-c", script];
      expect(await kubectl.run(exec("echo out; echo err >&2; exit 7"), { env })).toMatchObject({
        ...{ code: 7, stdout: "out\n", stderr: "err\ncommand terminated with exit code 7\n" },
      });
      expect(await kubectl.ok(exec("cat"), { env, input: "through" })).toBe("through");
      const size = 20_000_000;
      const out = await kubectl.ok(["exec", "web", "--", "sh", "-c", `head -c ${size} /dev/zero`], { env });
      expect(sha256(Buffer.from(out, "latin1"))).toBe(sha256(Buffer.alloc(size)));
      const input = randomBytes(5_000_000);
      expect(await kubectl.ok(exec("sha256sum"), { env, input })).toContain(sha256(input));
      expect((await kubectl.run(["exec", "web", "--", "no-such-program"], { env })).code).not.toBe(0);
    },
  );

  test("copies in and out", async () => {
    const [from, to] = [join(directory, "from"), join(directory, "to")];
    await writeFile(from, randomBytes(300_000));
    await kubectl.ok(["cp", from, "web:/tmp/file"]);
    await kubectl.ok(["cp", "web:/tmp/file", to]);
    expect(sha256(await readFile(to))).toBe(sha256(await readFile(from)));
  });

  test("sees a Pod terminate in a watch, and waits for its deletion", async () => {
    await kubectl.ok(["run", "going", "--image=busybox:1.36", "--restart=Never", "--", "sleep", "1000"]);
    await kubectl.ok(["wait", "--for=condition=Ready", "pod/going", "--timeout=20s"]);
    const watch = kubectl.start(["get", "pod", "going", "-w"]);
    const lines = createInterface(watch.stdout)[Symbol.asyncIterator]();
    await lines.next();
    expect((await lines.next()).value).toContain("Running");
    await kubectl.ok(["delete", "pod", "going", "--grace-period=1"]);
    expect((await lines.next()).value).toContain("Terminating");
    watch.kill();
    expect((await kubectl.run(["get", "pod", "going"])).code).toBe(1);
  });

  test("runs a Pod with stdin and removes it", async () => {
    const args = ["run", "once", "-i", "--rm", "--quiet", "--restart=Never", "--image=busybox:1.36", "--", "cat"];
    expect(await kubectl.ok(args, { input: "attached\n" })).toContain("attached");
  });

  test("deletes: forced, and all", async () => {
    for (const name of ["f1", "f2", "f3"])
      await kubectl.ok(["run", name, "--image=busybox:1.36", "--", "sleep", "1000"]);
    expect(await kubectl.ok(["delete", "pod", "f1", "--force", "--grace-period=0"])).toContain("force deleted");
    await kubectl.ok(["delete", "pods", "-l", "run", "--grace-period=1"]);
    expect(await kubectl.ok(["get", "pods", "-o", "name"])).toBe("pod/web\n");
  });
});
