import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  availableLevels,
  type Fixture,
  isGone,
  isReady,
  phaseIs,
  processesWith,
  startFixture,
  waitingReason,
} from "./node-fixture.ts";

const levels = await availableLevels();
const sleeper = { command: ["sleep", "1000"] };
const never = { restartPolicy: "Never" } as const;

describe.each(levels)("a node agent at isolation level %s", (isolation) => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startFixture({ isolation });
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  test("runs a command to its end, keeps its log and reports a complete status", async () => {
    fixture.create("hello", { command: ["sh", "-c", "echo out; echo err >/dev/stderr; exit 3"] }, never);
    const { status, spec } = await fixture.until("hello", phaseIs("Failed"));
    expect(spec.nodeName).toBe("fc-local");
    expect(status).toMatchObject({ phase: "Failed", hostIP: "127.0.0.1", qosClass: "BestEffort" });
    expect(status?.podIP).toMatch(/^127\.77\.\d+\.\d+$/);
    expect(status?.containerStatuses?.[0]).toMatchObject({
      ready: false,
      restartCount: 0,
      state: { terminated: { exitCode: 3, reason: "Error" } },
    });
    expect((await fixture.logs("hello")).split("\n").sort()).toEqual(["", "err", "out"]);
    expect(await fixture.logs("hello", { timestamps: true })).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z \w+\n/);
    for (const reason of ["Scheduled", "Pulled", "Created", "Started"])
      expect(fixture.events("hello").join("\n")).toContain(`${reason}: `);
  });

  test("gives a container its spec's environment and nothing of the server's", async () => {
    process.env["FC_TEST_SERVER_SECRET"] = "leak";
    fixture.store.create("secrets", {
      ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "password", namespace: "default" } },
      data: { word: Buffer.from("s3cr=et /x").toString("base64") },
    });
    const env = [
      { name: "WORD", valueFrom: { secretKeyRef: { name: "password", key: "word" } } },
      { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      { name: "BOTH", value: "$(WORD)@$(IP)" },
      { name: "dotted.name-x", value: "kept" },
    ];
    fixture.create(
      "env",
      { command: ["env"], env, envFrom: [{ secretRef: { name: "password" }, prefix: "P_" }] },
      never,
    );
    const { status } = await fixture.until("env", phaseIs("Succeeded"));
    const lines = (await fixture.logs("env")).split("\n");
    expect(lines).toContain(`BOTH=s3cr=et /x@${status?.podIP}`);
    expect(lines).toContain("P_word=s3cr=et /x");
    expect(lines).toContain("dotted.name-x=kept");
    expect(lines.join("\n")).not.toContain("leak");
  });

  test("waits for a missing Secret and starts when it appears", async () => {
    const env = [{ name: "A", valueFrom: { secretKeyRef: { name: "late", key: "a" } } }];
    fixture.create("waits", { command: ["sh", "-c", "echo $A"], env }, never);
    const pod = await fixture.until("waits", (one) => waitingReason(one) === "CreateContainerConfigError");
    expect(pod.status?.containerStatuses?.[0]?.state.waiting?.message).toBe('secret "late" not found');
    const metadata = { name: "late", namespace: "default" };
    fixture.store.create("secrets", { apiVersion: "v1", kind: "Secret", metadata, data: { a: "eWVz" } });
    await fixture.until("waits", phaseIs("Succeeded"));
    expect(await fixture.logs("waits")).toBe("yes\n");
  });

  test("runs init containers in order, beside a sidecar, and shares volumes with mount paths", async () => {
    const shared = { volumeMounts: [{ name: "work", mountPath: "/work dir" }] };
    const step = (name: string, script: string): object => ({
      name,
      image: "busybox",
      command: ["sh", "-c", script],
      ...shared,
    });
    const initContainers = [
      step("one", 'echo one >>"/work dir/steps"'),
      { ...step("side", "sleep 1000"), restartPolicy: "Always" },
      step("two", 'echo two >>"/work dir/steps"'),
    ] as never;
    const volumes = [{ name: "work", emptyDir: {} }];
    fixture.create(
      "init",
      { command: ["sh", "-c", 'cat "/work dir/steps"'], ...shared },
      { ...never, initContainers, volumes, terminationGracePeriodSeconds: 1 },
    );
    const { status } = await fixture.until("init", phaseIs("Succeeded", "Failed"));
    expect(await fixture.logs("init")).toBe("one\ntwo\n");
    expect(status?.phase).toBe("Succeeded");
    await fixture.until("init", (pod) => pod?.status?.initContainerStatuses?.[1]?.state.terminated !== undefined);
  });

  test("mounts Secrets and ConfigMaps read-only, in folders that this machine does not have", async () => {
    fixture.store.create("configmaps", {
      ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "conf", namespace: "default" } },
      data: { "app.conf": "value" },
    });
    const volumes = [{ name: "conf", configMap: { name: "conf" } }];
    const volumeMounts = [{ name: "conf", mountPath: "/usr/local/etc/fc-app" }];
    fixture.create("conf", { command: ["cat", "/usr/local/etc/fc-app/app.conf"], volumeMounts }, { ...never, volumes });
    await fixture.until("conf", phaseIs("Succeeded", "Failed"));
    expect(await fixture.logs("conf")).toBe("value");
  });

  test("runs redis on the Pod's own address, ready at once, with exec and a graceful stop", async () => {
    const readinessProbe = { tcpSocket: { port: 6379 }, periodSeconds: 10 };
    const ports = [{ containerPort: 6379 }];
    const two = ["redis-a", "redis-b"];
    for (const name of two) fixture.create(name, { image: "redis:7-alpine", ports, readinessProbe });
    const [a] = await Promise.all(two.map((name) => fixture.until(name, isReady)));
    expect(await fixture.exec("redis-a", ["redis-cli", "set", "k", "v"])).toMatchObject({
      exitCode: 0,
      stdout: "OK\n",
    });
    expect((await fixture.exec("redis-b", ["redis-cli", "get", "k"])).stdout).toBe("\n");
    const socket = connect(6379, a?.status?.podIP ?? "");
    socket.write("GET k\r\n");
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toBe("$1\r\nv\r\n");
    socket.destroy();
    fixture.remove("redis-a");
    await fixture.until("redis-a", isGone);
    expect(fixture.events("redis-a")).toContain("Killing: Stopping container main");
  });

  test("runs memcached on the Pod's own address", async () => {
    const readinessProbe = { tcpSocket: { port: 11_211 } };
    fixture.create("cache", { image: "memcached:1.6-alpine", ports: [{ containerPort: 11_211 }], readinessProbe });
    expect(isReady(await fixture.until("cache", isReady))).toBe(true);
  });

  test("passes input, output and exit code through exec", async () => {
    fixture.create("exec", { ...sleeper, env: [{ name: "SEEN", value: "yes" }] });
    await fixture.until("exec", phaseIs("Running"));
    const result = await fixture.exec("exec", ["sh", "-c", "cat; echo $SEEN >&2; exit 4"], "given");
    expect(result).toEqual({ exitCode: 4, stdout: "given", stderr: "yes\n" });
    await expect(fixture.exec("exec", ["no-such-program"])).rejects.toThrow('exec: "no-such-program"');
  });

  test("kills what exceeds its memory limit and says OOMKilled", async () => {
    const script = "a=x; while :; do a=$a$a; done";
    fixture.create("hungry", { command: ["sh", "-c", script], resources: { limits: { memory: "48Mi" } } }, never);
    const { status } = await fixture.until("hungry", phaseIs("Failed"));
    expect(status?.containerStatuses?.[0]?.state.terminated).toMatchObject({ exitCode: 137, reason: "OOMKilled" });
    expect(fixture.events("hungry").join("\n")).toContain("OOMKilling: Container main exceeded its memory limit");
  });

  test("reports a program that is not there as a start error", async () => {
    fixture.create("missing", { command: ["no-such-program"] }, never);
    const { status } = await fixture.until("missing", phaseIs("Failed"));
    expect(status?.containerStatuses?.[0]?.state.terminated).toMatchObject({ exitCode: 128, reason: "StartError" });
    expect(status?.containerStatuses?.[0]?.state.terminated?.message).toContain('exec: "no-such-program"');
  });

  test("refuses an unknown image and says what to use", async () => {
    fixture.create("unknown", { image: "example.com/team/app:1" });
    const pod = await fixture.until("unknown", (one) => waitingReason(one) === "ErrImagePull");
    expect(pod.status?.phase).toBe("Pending");
    await fixture.until("unknown", (one) => waitingReason(one) === "ImagePullBackOff");
    expect(fixture.events("unknown").join("\n")).toContain(
      "no local handler for image example.com/team/app:1; use a real cluster",
    );
    fixture.remove("unknown");
    await fixture.until("unknown", isGone);
  });

  test("kills a container that ignores SIGTERM when its grace is over, and a force delete at once", async () => {
    const command = ["sh", "-c", "trap '' TERM; echo armed; while :; do sleep 1; done"];
    for (const name of ["stubborn", "forced"]) fixture.create(name, { command });
    await Promise.all(["stubborn", "forced"].map((name) => fixture.until(name, phaseIs("Running"))));
    fixture.remove("forced", 0);
    fixture.remove("stubborn", 1);
    await fixture.until("stubborn", isGone);
    expect(fixture.store.peek("pods", "default", "forced")).toBeUndefined();
  });

  test("lets a Pod reach a host alias under its name", async () => {
    const server = createServer((request, response) => response.end(request.headers.host)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const env = [{ name: "API", value: `http://abc.rt:${port}/x` }];
    const hostAliases = [{ ip: "127.0.0.1", hostnames: ["abc.rt"] }];
    fixture.create("alias", { command: ["sh", "-c", "curl -s $API"], env }, { ...never, hostAliases });
    await fixture.until("alias", phaseIs("Succeeded", "Failed"));
    expect(await fixture.logs("alias")).toBe(`abc.rt:${port}`);
    server.close();
  });

  test.each([
    ["the server's user", ""],
    ["another user", "1000"],
  ])(
    "leaves no process of %s in ten Pods when the server is killed, not even one that left its session",
    async (_, runAsUser) => {
      const script = fileURLToPath(new URL("node-agent-victim.ts", import.meta.url));
      const args = ["--conditions=@fc/source", script, isolation, runAsUser];
      const victim = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      const [line] = (await once(victim.stdout, "data")) as [Buffer];
      const mark = line.toString().trim();
      expect(await processesWith(mark)).toBe(30);
      victim.kill("SIGKILL");
      const deadline = Date.now() + 2_000;
      while ((await processesWith(mark)) > 0 && Date.now() < deadline) await new Promise((next) => setImmediate(next));
      expect(await processesWith(mark)).toBe(0);
    },
  );
});
