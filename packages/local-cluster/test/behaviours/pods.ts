import { expect, test } from "vitest";
import type { Pod } from "../../src/node/pod-types.ts";
import { isPhase, isRunning, isWaiting, type Target } from "./target.ts";

const never = { restartPolicy: "Never" };
const sleeper = { command: ["sleep", "1000"] };
const sh = (script: string): { command: string[] } => ({ command: ["sh", "-c", script] });
const stateOf = (pod: Pod): object | undefined => pod.status?.containerStatuses?.[0]?.state;

/** What a Pod's containers do and what its status says of it. The same tests run on the embedded and on a real cluster. */
export function podBehaviours(target: () => Target): void {
  test("a container's end has its exit code, its termination message and no more", async () => {
    const name = await target().pod(sh("echo why >/dev/termination-log; exit 3"), never);
    const pod = await target().until(name, isPhase("Failed"));
    expect(stateOf(pod)).toEqual({
      terminated: {
        ...{
          exitCode: 3,
          reason: "Error",
          message: "why\n",
          containerID: expect.stringMatching(/^\w+:\/\/[0-9a-f]{64}$/),
        },
        ...{ startedAt: expect.any(String), finishedAt: expect.any(String) },
      },
    });
    expect(pod.status?.conditions?.find(({ type }) => type === "Ready")).toMatchObject({ reason: "PodFailed" });
    expect(pod.status?.containerStatuses?.[0]?.image).toBe("docker.io/library/busybox:1.36");
  });

  test("the log's end is the termination message when the container asks for it", async () => {
    const more = { terminationMessagePolicy: "FallbackToLogsOnError" };
    const name = await target().pod({ ...sh("echo last words; exit 1"), ...more }, never);
    expect(stateOf(await target().until(name, isPhase("Failed")))).toMatchObject({
      terminated: { message: "last words\n" },
    });
  });

  test("a container over its memory limit is OOMKilled with 137", async () => {
    const resources = { limits: { memory: "48Mi" } };
    const name = await target().pod({ ...sh("a=x; while :; do a=$a$a; done"), resources }, never);
    const pod = await target().until(name, isPhase("Failed"));
    expect(stateOf(pod)).toMatchObject({ terminated: { exitCode: 137, reason: "OOMKilled" } });
  });

  test.each([
    ["no-such-program", 'exec: "no-such-program": executable file not found in $PATH: unknown'],
    ["/no/such", 'exec: "/no/such": stat /no/such: no such file or directory: unknown'],
  ])("a container whose program %s is missing is a StartError", async (program, why) => {
    const name = await target().pod({ command: [program] }, never);
    const message = `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ${why}`;
    expect(stateOf(await target().until(name, isPhase("Failed")))).toMatchObject({
      terminated: { exitCode: 128, reason: "StartError", startedAt: "1970-01-01T00:00:00Z", message },
    });
    expect((await target().event(name, "Failed")).message).toBe(`Error: ${message}`);
  });

  test("exec of a missing program is an internal error, an exit code is one, and success is one", async () => {
    const name = await target().pod(sleeper);
    await target().until(name, isRunning);
    const status = async (...argv: string[]): Promise<Record<string, unknown>> =>
      JSON.parse((await target().client.exec(name, argv)).status ?? "{}");
    for (const [program, why] of [
      ["no-such", "executable file not found in $PATH"],
      ["/no/such", "stat /no/such: no such file or directory"],
      ["/etc/passwd", "permission denied"],
    ] as const) {
      expect(await status(program)).toMatchObject({
        ...{ status: "Failure", reason: "InternalError", code: 500 },
        message: expect.stringMatching(
          /^Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "[0-9a-f]{64}": OCI runtime exec failed: exec failed: unable to start container process: exec: /,
        ),
      });
      expect((await status(program))["message"]).toContain(`exec: "${program}": ${why}: unknown`);
    }
    expect(await status("sh", "-c", "exit 5")).toMatchObject({
      ...{
        status: "Failure",
        reason: "NonZeroExitCode",
        message: "command terminated with non-zero exit code: command terminated with exit code 5",
      },
      details: { causes: [{ reason: "ExitCode", message: "5" }] },
    });
    expect(await status("true")).toEqual({ metadata: {}, status: "Success" });
  });

  test("a Pod past its deadline is not ready at once, and fails when its containers have ended", async () => {
    const name = await target().pod(sh("trap '' TERM; while :; do sleep 0.1; done"), { activeDeadlineSeconds: 2 });
    await target().until(
      name,
      ({ status }) => status?.conditions?.some(({ reason }) => reason === "PodFailed") === true,
    );
    const { status } = await target().until(name, isPhase("Failed"));
    expect(status).toMatchObject({
      ...{ reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline" },
      containerStatuses: [{ state: { terminated: { exitCode: 137, reason: "Error" } } }],
    });
  });

  test.each([
    ["Succeeded", 0],
    ["Failed", 9],
  ])("a deleted Pod that could be restarted ends as %s before it goes", async (phase, exitCode) => {
    const name = await target().pod(sh(`trap 'exit ${exitCode}' TERM; echo on; while :; do sleep 0.1; done`));
    await target().until(name, isRunning);
    while (!(await target().log(name)).includes("on")) await target().event(name, "Started");
    const seen = target().untilGone(name);
    await target().client.call("DELETE", `${target().path}/pods/${name}`);
    const last = (await seen).at(-1);
    expect(last?.status?.phase).toBe(phase);
    expect(last?.metadata.deletionGracePeriodSeconds).toBe(0);
    expect(stateOf(last as Pod)).toMatchObject({ terminated: { exitCode } });
    expect((await target().event(name, "Killing")).message).toBe("Stopping container main");
  });

  test("a sidecar outlives the main container and does not count for the result", async () => {
    const image = "busybox:1.36";
    const initContainers = [
      { name: "first", image, command: ["true"] },
      { name: "side", image, restartPolicy: "Always", ...sh("trap 'exit 5' TERM; while :; do sleep 0.1; done") },
    ];
    const name = await target().pod(sh("sleep 1"), { ...never, initContainers });
    await target().until(name, isRunning);
    const { status } = await target().until(name, isPhase("Succeeded", "Failed"));
    expect(status).toMatchObject({
      phase: "Succeeded",
      initContainerStatuses: [{ state: { terminated: { exitCode: 0 } } }, { state: { terminated: { exitCode: 5 } } }],
    });
  });

  test("an init container that fails ends a Pod that is never restarted", async () => {
    const initContainers = [{ name: "first", image: "busybox:1.36", ...sh("exit 6") }];
    const name = await target().pod(sleeper, { ...never, initContainers });
    const { status } = await target().until(name, isPhase("Failed"));
    expect(stateOf({ status } as Pod)).toEqual({ waiting: { reason: "PodInitializing" } });
  });

  test("a container that keeps failing is in CrashLoopBackOff", async () => {
    const name = await target().pod(sh("exit 7"));
    const pod = await target().until(name, isWaiting("CrashLoopBackOff"));
    const id = `${name}_${target().namespace}(${pod.metadata.uid})`;
    expect(stateOf(pod)).toMatchObject({
      waiting: { message: `back-off 10s restarting failed container=main pod=${id}` },
    });
    expect(pod.status).toMatchObject({
      phase: "Running",
      containerStatuses: [{ lastState: { terminated: { exitCode: 7 } } }],
    });
    const { message } = await target().event(name, "BackOff");
    expect(message).toBe(`Back-off restarting failed container main in pod ${id}`);
  });

  test("probes say what failed, and a container is restarted for it", async () => {
    const probe = { periodSeconds: 1, failureThreshold: 1 };
    const name = await target().pod({
      ...sh("trap 'exit 0' TERM; while :; do sleep 0.1; done"),
      readinessProbe: { ...probe, tcpSocket: { port: 81 } },
      livenessProbe: { ...probe, initialDelaySeconds: 2, ...{ exec: sh("echo bad; exit 3") } },
    });
    const { message } = await target().event(name, "Unhealthy");
    const { status } = await target().until(name, ({ status: now }) => now?.containerStatuses?.[0]?.restartCount === 1);
    expect(message).toBe(`Readiness probe failed: dial tcp ${status?.podIP}:81: connect: connection refused`);
    expect((await target().event(name, "Killing")).message).toBe(
      "Container main failed liveness probe, will be restarted",
    );
  });

  test("a failed postStart hook kills the container", async () => {
    const lifecycle = { postStart: { exec: sh("echo oops; exit 4") } };
    const name = await target().pod({ ...sleeper, lifecycle });
    const pod = await target().until(name, isWaiting("PostStartHookError"));
    expect(stateOf(pod)).toEqual({
      waiting: {
        reason: "PostStartHookError",
        message: `Exec lifecycle hook ([sh -c echo oops; exit 4]) for Container "main" in Pod "${name}_${target().namespace}(${pod.metadata.uid})" failed - error: command 'sh -c echo oops; exit 4' exited with 4: , message: "oops\\n"`,
      },
    });
    expect((await target().event(name, "Killing")).message).toBe("FailedPostStartHook");
    expect((await target().event(name, "FailedPostStartHook")).message).toBe("PostStartHook failed");
  });

  test("a failed preStop hook is told, and the container is stopped all the same", async () => {
    const lifecycle = { preStop: { exec: sh("exit 4") } };
    const name = await target().pod({ ...sleeper, lifecycle });
    await target().until(name, isRunning);
    const gone = target().untilGone(name);
    await target().client.call("DELETE", `${target().path}/pods/${name}`);
    await gone;
    expect((await target().event(name, "FailedPreStopHook")).message).toBe("PreStopHook failed");
  });
}
