import { ManualClock } from "@fc/core";
import { afterEach, describe, expect, test } from "vitest";
import { type Fixture, isReady, startFixture, waitingReason } from "./node-fixture.ts";

describe("restarts on an injected clock", () => {
  let fixture: Fixture;
  afterEach(() => fixture[Symbol.asyncDispose]());

  test("restarts a failing container at once, then after 10 s, then after 20 s", async () => {
    const clock = new ManualClock(Date.UTC(2026, 0, 1));
    fixture = await startFixture({ isolation: "plain", clock });
    fixture.create("crash", { command: ["sh", "-c", "echo run; exit 7"] });
    const restarts = (count: number) => (pod: Parameters<typeof waitingReason>[0]) =>
      pod?.status?.containerStatuses?.[0]?.restartCount === count && waitingReason(pod) === "CrashLoopBackOff";
    const pod = await fixture.until("crash", restarts(1));
    expect(pod.status?.containerStatuses?.[0]).toMatchObject({
      state: {
        waiting: {
          reason: "CrashLoopBackOff",
          message: expect.stringContaining("back-off 10s restarting failed container=main"),
        },
      },
      lastState: { terminated: { exitCode: 7, reason: "Error" } },
    });
    expect(pod.status?.phase).toBe("Running");
    expect(await fixture.logs("crash", { previous: true })).toBe("run\n");
    await clock.advance(9_999);
    expect(restarts(1)(fixture.store.get("pods", "default", "crash") as never)).toBe(true);
    await clock.advance(1);
    const again = await fixture.until("crash", restarts(2));
    expect(again.status?.containerStatuses?.[0]?.state.waiting?.message).toContain("back-off 20s");
  });

  test("restarts a container whose liveness probe fails, and takes it out of Ready when readiness fails", async () => {
    const clock = new ManualClock(Date.UTC(2026, 0, 1));
    fixture = await startFixture({ isolation: "plain", clock });
    const exec = (file: string): object => ({
      exec: { command: ["test", "-e", file] },
      periodSeconds: 5,
      failureThreshold: 1,
      // The clock runs ahead of the processes: a probe is never late.
      timeoutSeconds: 1_000_000_000,
    });
    const script = "cd $TMPDIR; touch ready alive; trap 'exit 0' TERM; while :; do sleep 0.02; done";
    const command = ["sh", "-c", script];
    // At level plain a relative path is relative to the container's own folder.
    fixture.create("probed", {
      command,
      readinessProbe: exec("tmp/ready"),
      livenessProbe: { ...exec("tmp/alive"), initialDelaySeconds: 5 },
    } as never);
    await fixture.until("probed", (pod) => pod?.status?.phase === "Running");
    while (!isReady(fixture.store.get("pods", "default", "probed") as never)) await clock.advance(5_000);
    await fixture.exec("probed", ["rm", "tmp/ready"]);
    while (isReady(fixture.store.get("pods", "default", "probed") as never)) await clock.advance(5_000);
    expect(fixture.events("probed").join("\n")).toContain("Unhealthy: Readiness probe failed");
    await fixture.exec("probed", ["rm", "-f", "tmp/alive"]);
    const restarted = (): boolean =>
      fixture.events("probed").some((event) => event.includes("failed liveness probe, will be restarted"));
    while (!restarted()) await clock.advance(1_000);
    await fixture.until("probed", (pod) => pod?.status?.containerStatuses?.[0]?.restartCount === 1);
  });
});
