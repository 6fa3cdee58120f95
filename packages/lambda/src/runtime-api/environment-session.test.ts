import { ManualClock } from "@fc/core";
import { describe, expect, test } from "vitest";
import type { FunctionSpec, Invocation } from "../backend/index.ts";
import { EnvironmentSession } from "./environment-session.ts";
import type { Poll } from "./runtime-side.ts";

const spec = { functionName: "hello", version: "$LATEST", timeoutSeconds: 3 } as FunctionSpec;
const code = { files: [], sizeBytes: 0, content: async function* () {} };

class FakePoll implements Poll {
  readonly delivered: string[] = [];
  connected = true;
  deliver(invocation: Invocation): boolean {
    if (this.connected) this.delivered.push(invocation.requestId);
    return this.connected;
  }
  drop(): void {
    this.connected = false;
  }
}

function setUp(): { session: EnvironmentSession; clock: ManualClock; started: () => FakePoll } {
  const clock = new ManualClock(1_000_000);
  const identity = { id: "e1", token: "secret", initRequestId: "init-id" };
  const options = { spec, code, initTimeoutMs: 10_000, awsEndpointUrl: "http://aws.test" };
  const session = new EnvironmentSession(identity, options, clock);
  const started = (): FakePoll => {
    const poll = new FakePoll();
    session.ask();
    session.codeArrived();
    session.ending.isSupervised = true;
    session.next(poll);
    return poll;
  };
  return { session, clock, started };
}

const invocation = (over: Partial<Invocation> = {}): Invocation => ({
  requestId: "r1",
  payload: new Uint8Array(),
  deadlineMs: 1_003_000,
  invokedFunctionArn: "arn",
  ...over,
});
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const answer = (value: string): { payload: Uint8Array } => ({ payload: new TextEncoder().encode(value) });

describe("the init phase", () => {
  test("is ready at the first next, and lasts from the code's arrival to it", async () => {
    const { session, clock } = setUp();
    await clock.advance(5_000);
    session.ask();
    session.codeArrived();
    await clock.advance(120);
    session.next(new FakePoll());
    expect(await session.ready).toEqual({ initDurationMs: 120 });
  });

  test("fails as Sandbox.Timedout when it lasts too long", async () => {
    const { session, clock } = setUp();
    session.ask();
    session.codeArrived();
    await clock.advance(10_000);
    const error = await session.ready.catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "FC_LAMBDA_INIT_FAILED",
      details: { errorType: "Sandbox.Timedout", requestId: "init-id" },
    });
    expect((error as { details: { payload: string } }).details.payload).toBe(
      '{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: init-id Error: Task timed out after 10.00 seconds"}',
    );
    expect(await session.ended).toMatchObject({ reason: "timedout" });
  });

  test("passes the runtime's own error and its log on", async () => {
    const { session } = setUp();
    session.ask();
    session.codeArrived();
    session.output.append(Buffer.from("why\n"));
    session.initFailed({ errorType: "Runtime.ImportModuleError", payload: Buffer.from('{"a":1}') });
    await expect(session.ready).rejects.toMatchObject({
      code: "FC_LAMBDA_INIT_FAILED",
      details: {
        errorType: "Runtime.ImportModuleError",
        payload: '{"a":1}',
        log: "why\nINIT_REPORT Init Duration: 0.00 ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError\n",
      },
    });
  });

  test("fails as Runtime.ExitError when the runtime exits", async () => {
    const { session } = setUp();
    session.ask();
    session.codeArrived();
    session.ending.exited({ exitCode: 127, oomKilled: false });
    await expect(session.ready).rejects.toMatchObject({
      code: "FC_LAMBDA_INIT_FAILED",
      details: { payload: expect.stringContaining("Error: Runtime exited with error: exit status 127") },
    });
  });

  test("is the infrastructure's failure when the environment ends before it has its code", async () => {
    const { session } = setUp();
    session.environmentEnded({ reason: "lost", detail: "the Pod was deleted" });
    await expect(session.ready).rejects.toMatchObject({
      code: "FC_LAMBDA_LAUNCH_FAILED",
      details: { reason: "the Pod was deleted" },
    });
  });

  test("ends when the code does not arrive", async () => {
    const { session, clock } = setUp();
    session.ask();
    await clock.advance(60_000);
    await expect(session.ready).rejects.toMatchObject({ code: "FC_LAMBDA_LAUNCH_FAILED" });
  });

  test("is the infrastructure's failure when supervisor and runtime go together without a word", async () => {
    const { session, clock } = setUp();
    session.ending.isSupervised = true;
    session.ask();
    session.codeArrived();
    session.connectionLost();
    await clock.advance(2_500);
    await expect(session.ready).rejects.toMatchObject({ code: "FC_LAMBDA_LAUNCH_FAILED" });
  });

  test("is Runtime.OutOfMemory when the cluster says that it was the memory limit that took both", async () => {
    const { session } = setUp();
    session.ending.isSupervised = true;
    session.ask();
    session.codeArrived();
    session.connectionLost();
    session.environmentEnded({ reason: "exited", detail: "OOMKilled", exitCode: 137, oomKilled: true });
    await expect(session.ready).rejects.toMatchObject({
      code: "FC_LAMBDA_INIT_FAILED",
      details: { errorType: "Runtime.OutOfMemory" },
    });
  });
});

describe("an invocation", () => {
  test("answers what the runtime answered, with its log and duration", async () => {
    const { session, clock, started } = setUp();
    session.output.append(Buffer.from("init\n"));
    const poll = started();
    const result = session.invoke(invocation());
    expect(poll.delivered).toEqual(["r1"]);
    await clock.advance(40);
    session.output.append(Buffer.from("working\n"));
    expect(session.complete("r1", answer("42"))).toBe(true);
    expect(await result).toMatchObject({ outcome: "success", log: "init\nworking\n", durationMs: 40 });
    expect(text((await result).payload)).toBe("42");
  });

  test("waits for nothing more when its log is read from the runtime's own pipe", async () => {
    const { session, started } = setUp();
    started();
    const result = session.invoke(invocation());
    session.wrote(Buffer.from("out\n"), "direct");
    session.complete("r1", answer("1"));
    // The clock stands still.
    expect((await result).log).toBe("out\n");
  });

  test("does not count the time before its delivery", async () => {
    const { session, clock } = setUp();
    session.ask();
    session.ending.isSupervised = true;
    session.next(new FakePoll());
    const first = session.invoke(invocation());
    session.complete("r1", answer("1"));
    await first;
    const second = session.invoke(invocation({ requestId: "r2" }));
    await clock.advance(500);
    session.next(new FakePoll());
    await clock.advance(7);
    session.complete("r2", answer("2"));
    expect((await second).durationMs).toBe(7);
  });

  test("keeps at most the last 64 KiB of its log", async () => {
    const { session, started } = setUp();
    started();
    const result = session.invoke(invocation());
    for (let line = 0; line < 3_000; line += 1) session.output.append(Buffer.from(`${line} ${"x".repeat(95)}\n`));
    session.complete("r1", answer("1"));
    const { log } = await result;
    expect(log).toHaveLength(64 * 1024);
    expect(log.endsWith(`2999 ${"x".repeat(95)}\n`)).toBe(true);
  });

  test("beyond its deadline is Sandbox.Timedout and ends the environment", async () => {
    const { session, clock, started } = setUp();
    started();
    const result = session.invoke(invocation());
    await clock.advance(3_000);
    expect(text((await result).payload)).toBe(
      '{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: r1 Error: Task timed out after 3.00 seconds"}',
    );
    expect(await result).toMatchObject({ outcome: "unhandled", errorType: "Sandbox.Timedout", durationMs: 3_000 });
    expect(await session.ended).toMatchObject({ reason: "timedout" });
  });

  test("whose runtime exits is Runtime.ExitError", async () => {
    const { session, started } = setUp();
    started();
    const result = session.invoke(invocation());
    session.ending.exited({ exitCode: 1, oomKilled: false });
    expect(text((await result).payload)).toBe(
      '{"errorType":"Runtime.ExitError","errorMessage":"RequestId: r1 Error: Runtime exited with error: exit status 1"}',
    );
  });

  test("whose runtime was killed waits for the cluster to say why, and is Runtime.OutOfMemory then", async () => {
    const { session, started } = setUp();
    started();
    const result = session.invoke(invocation());
    session.ending.exited({ exitCode: 137 });
    session.environmentEnded({ reason: "exited", detail: "OOMKilled", exitCode: 137, oomKilled: true });
    expect(await result).toMatchObject({ errorType: "Runtime.OutOfMemory" });
  });

  test("whose connection closes without a word ends after a bounded wait", async () => {
    const { session, clock, started } = setUp();
    started();
    const result = session.invoke(invocation());
    session.connectionLost();
    await clock.advance(2_499);
    expect(session.isEnded).toBe(false);
    await clock.advance(1);
    expect(text((await result).payload)).toContain("Error: Runtime exited without providing a reason");
  });
});

describe("an event that no runtime saw", () => {
  test("is not delivered when the environment has ended", async () => {
    const { session, started } = setUp();
    started();
    session.close();
    await expect(session.invoke(invocation())).rejects.toMatchObject({
      code: "FC_LAMBDA_NOT_DELIVERED",
      retryable: true,
    });
  });

  test("is not delivered when the environment ends before the runtime comes back", async () => {
    const { session } = setUp();
    const result = session.invoke(invocation());
    session.environmentEnded({ reason: "lost", detail: "gone" });
    await expect(result).rejects.toMatchObject({ code: "FC_LAMBDA_NOT_DELIVERED" });
  });

  test("waits for another poll when the connection turns out to be gone", async () => {
    const { session, started } = setUp();
    started().connected = false;
    const result = session.invoke(invocation());
    const again = new FakePoll();
    session.next(again);
    expect(again.delivered).toEqual(["r1"]);
    session.complete("r1", answer("1"));
    expect((await result).outcome).toBe("success");
  });

  test("is not delivered while another one runs", async () => {
    const { session, started } = setUp();
    started();
    session.invoke(invocation()).catch(() => undefined);
    await expect(session.invoke(invocation({ requestId: "r2" }))).rejects.toMatchObject({
      code: "FC_LAMBDA_NOT_DELIVERED",
    });
  });
});

describe("a runtime", () => {
  test("may not ask for work before it answered, nor twice", () => {
    const { session, started } = setUp();
    started();
    expect(session.next(new FakePoll())).toBe(false);
    session.invoke(invocation()).catch(() => undefined);
    expect(session.next(new FakePoll())).toBe(false);
  });

  test("cannot answer an invocation that it was not given", () => {
    const { session, started } = setUp();
    started();
    expect(session.complete("r1", answer("1"))).toBe(false);
  });

  test("gets its code once", () => {
    const { session } = setUp();
    expect([session.ask(), session.ask()]).toEqual([true, false]);
  });

  test("without a supervisor has ended when it hangs up", async () => {
    const { session, clock } = setUp();
    const poll = new FakePoll();
    session.next(poll);
    session.pollClosed(poll);
    await clock.advance(2_500);
    expect(await session.ended).toMatchObject({ reason: "exited" });
  });
});
