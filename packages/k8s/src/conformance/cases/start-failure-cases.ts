import assert from "node:assert/strict";
import type { V1Pod } from "@kubernetes/client-node";
import type { K8sClient } from "../../client/k8s-client.ts";
import { podIsReady } from "../../pods/pod-status.ts";
import type { Bench, BoxOptions } from "../bench.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { failsToStart } from "../expectations.ts";
import { firstLine, nameOf, uidOf } from "../pod-reading.ts";

/** Waits in vain for the Pod to be ready. */
async function start(
  { client, box, signal }: Pick<Bench, "client" | "box" | "signal">,
  script: string,
  options: BoxOptions & { readonly client?: K8sClient; readonly timeoutMs?: number } = {},
): Promise<V1Pod> {
  const { client: starter = client, timeoutMs = 50_000, ...rest } = options;
  const pod = await starter.createPod(box(script, rest));
  return await starter.waitForPod(nameOf(pod), podIsReady, { timeoutMs, what: "to be ready", uid: uidOf(pod), signal });
}

const hasty = { environment: { FAKECLOUD_K8S_UNSCHEDULABLE_GRACE: "1" } };
const never = { imagePullPolicy: "Never" } as const;
/** Some Pods run for a moment before they fail: that shall not be taken for a start. */
const readinessProbe = { exec: { command: ["false"] } };

export const startFailureCases: readonly ConformanceCase[] = casesOf("start failures", (add) => {
  add("an image that cannot be pulled", async (bench) => {
    const error = await failsToStart(start(bench, "true", { container: { image: "nowhere.invalid/nothing:1" } }), {
      reason: ["ErrImagePull", "ImagePullBackOff"],
      message: /Pod .* to be ready: .*container main: .*nowhere\.invalid\/nothing:1/,
      event: /^Failed: .*nowhere\.invalid\/nothing:1/,
    });
    assert.equal(error.exitCode, undefined);
    assert.equal(error.logTail, undefined);
  });

  add("an image that is not there and may not be pulled", async (bench) => {
    await failsToStart(start(bench, "true", { container: { ...never, image: "nowhere.invalid/nothing:1" } }), {
      reason: "ErrImageNeverPull",
      message: /nowhere\.invalid\/nothing:1/,
      event: /^ErrImageNeverPull: /,
    });
  });

  add("an image whose name is none", async (bench) => {
    await failsToStart(start(bench, "true", { container: { image: "Not a Name" } }), {
      reason: "InvalidImageName",
      message: /Not a Name/,
      event: /^InspectFailed: /,
    });
  });

  add("a program that ends, with its code and its last words", async (bench) => {
    await failsToStart(start(bench, "echo cannot find module; exit 7", { container: { readinessProbe } }), {
      reason: ["Error", "Failed"],
      exitCode: 7,
      message: /container main ended with exit code 7[\s\S]*log: cannot find module/,
      logTail: "cannot find module\n",
      event: /^Started: /,
    });
  });

  add("a program that ends well before it is ready", async (bench) => {
    await failsToStart(start(bench, "echo done", { container: { readinessProbe } }), {
      reason: "Succeeded",
      exitCode: 0,
      message: /the Pod is Succeeded/,
      logTail: "done\n",
    });
  });

  add("a program that crashes again and again", async (bench) => {
    const spec = { restartPolicy: "Always" };
    await failsToStart(start(bench, "echo no luck; exit 3", { spec, container: { readinessProbe } }), {
      reason: "CrashLoopBackOff",
      exitCode: 3,
      message: /container main: back-off .*exit code 3/,
      event: /^BackOff: /,
      logTail: "no luck\n",
    });
  });

  add("a program that is not in the image", async (bench) => {
    await failsToStart(start(bench, "", { container: { command: ["/no/such/program"] } }), {
      reason: ["StartError", "RunContainerError", "ContainerCannotRun", "Failed"],
      exitCode: 128,
      message: /\/no\/such\/program/,
      event: /^Failed: Error: .*\/no\/such\/program/,
    });
  });

  add("a program that needs more memory than it may have", async (bench) => {
    const resources = { limits: { memory: "16Mi" }, requests: { memory: "16Mi" } };
    const script = "much=$(head -c 100000000 /dev/zero | tr '\\0' x); sleep 1000";
    await failsToStart(start(bench, script, { container: { resources, readinessProbe } }), {
      reason: "OOMKilled",
      exitCode: 137,
    });
  });

  add("an init container that fails is named, with its last words", async (bench) => {
    await failsToStart(start(bench, "sleep 1000", { init: "echo no database; exit 4" }), {
      reason: ["Error", "Failed"],
      exitCode: 4,
      message: /container prepare ended with exit code 4/,
      logTail: "no database\n",
    });
  });

  add("a Secret that its environment needs and that is not there", async (bench) => {
    const env = [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "absent", key: "token" } } }];
    await failsToStart(start(bench, "true", { container: { env } }), {
      reason: "CreateContainerConfigError",
      message: /container main: secret "absent" not found/,
      event: /^Failed: Error: secret "absent" not found/,
    });
  });

  add("a Secret that comes late lets the Pod start", async (bench) => {
    const { client } = bench;
    const env = [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "late", key: "token" } } }];
    const pod = await client.createPod(bench.box('echo "$TOKEN"; sleep 1000', { container: { env } }));
    const refusing = (found: V1Pod): boolean =>
      found.status?.containerStatuses?.[0]?.state?.waiting?.reason === "CreateContainerConfigError";
    const wait = { timeoutMs: 50_000, signal: bench.signal };
    await client.waitForPod(nameOf(pod), refusing, { ...wait, what: "to miss its Secret" });
    const waiting = client.waitForPod(nameOf(pod), podIsReady, { ...wait, what: "to be ready" });
    await client.createSecret({
      metadata: client.owned({ name: "late" }, "process", "lambda"),
      stringData: { token: "here it is" },
    });
    await waiting;
    assert.equal(await firstLine(client, pod, bench.signal), "here it is\n");
  });

  add("a Secret that its volume needs is named by the events when the time is up", async (bench) => {
    const volumes = [{ name: "token", secret: { secretName: "absent" } }];
    const volumeMounts = [{ name: "token", mountPath: "/token" }];
    const options = { timeoutMs: 5_000, spec: { volumes }, container: { volumeMounts } };
    await failsToStart(start(bench, "true", options), {
      reason: "Timeout",
      message: /not within 5000 ms; phase Pending, main ContainerCreating/,
      event: /^FailedMount: .*secret "absent" not found/,
    });
  });

  add("a Pod that no node may take, in the scheduler's words", async (bench) => {
    const client = await bench.connect(hasty);
    const nodeSelector = { nowhere: "1" };
    await failsToStart(start(bench, "true", { client, owner: client, spec: { nodeSelector } }), {
      reason: "Unschedulable",
      message: /nodes are available: .*node\(s\) didn't match Pod's node affinity\/selector/,
      event: /^FailedScheduling: /,
    });
  });

  add("a Pod that asks for more than any node has, in the scheduler's words", async (bench) => {
    const client = await bench.connect(hasty);
    const resources = { requests: { cpu: "10k", memory: "1Ki" } };
    await failsToStart(start(bench, "true", { client, owner: client, container: { resources } }), {
      reason: "Unschedulable",
      message: /nodes are available: .*Insufficient cpu/,
      event: /^FailedScheduling: /,
    });
  });

  add("a Pod whose time is up before it is ready", async (bench) => {
    const options = { container: { readinessProbe }, spec: { activeDeadlineSeconds: 2 } };
    await failsToStart(start(bench, "sleep 1000", options), {
      reason: "DeadlineExceeded",
      message: /Pod was active on the node longer than the specified deadline/,
    });
  });
});
