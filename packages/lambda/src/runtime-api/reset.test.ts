import { PassThrough } from "node:stream";
import { ManualClock } from "@fc/core";
import { describe, expect, test } from "vitest";
import type { FunctionSpec, Invocation, InvocationResult } from "../backend/index.ts";
import { EnvironmentSession } from "./environment-session.ts";
import type { Poll } from "./runtime-side.ts";

const spec = {
  functionName: "hello",
  version: "$LATEST",
  timeoutSeconds: 3,
  runtime: "nodejs22.x",
  environment: {},
} as unknown as FunctionSpec;
const files = [{ path: "/var/task/index.mjs", mode: 0o644, sizeBytes: 0 }];

class FakePoll implements Poll {
  readonly delivered: Invocation[] = [];
  dropped = false;
  deliver(invocation: Invocation): boolean {
    this.delivered.push(invocation);
    return true;
  }
  drop(): void {
    this.dropped = true;
  }
}

/** An environment with a supervisor, as the server sees it. */
class Rig {
  readonly clock = new ManualClock(1_000_000);
  readonly session: EnvironmentSession;
  readonly questions: string[] = [];

  constructor(options: { readonly retryInit?: boolean } = {}) {
    const code = { files, sizeBytes: 0, content: async function* () {} };
    this.session = new EnvironmentSession(
      { id: "e1", token: "secret", initRequestId: "init-id" },
      { spec, code, initTimeoutMs: 10_000, awsEndpointUrl: "http://aws.test", ...options },
      this.clock,
    );
    const socket = new PassThrough();
    socket.on("data", (chunk: Buffer) => this.questions.push(chunk.toString()));
    this.session.supervisor.attach(socket);
    this.session.ending.isSupervised = true;
  }

  /** The runtime is at its gate. */
  async ask(): Promise<void> {
    expect(this.session.ask()).toBe(true);
    await this.clock.advance(0);
  }

  /** The runtime has its code and waits. */
  start(): FakePoll {
    const poll = new FakePoll();
    this.session.codeArrived();
    expect(this.session.next(poll)).toBe(true);
    return poll;
  }

  async started(): Promise<FakePoll> {
    await this.ask();
    return this.start();
  }

  invoke(requestId: string, timeoutMs = 3_000): Promise<InvocationResult> {
    const deadlineMs = this.clock.now() + timeoutMs;
    return this.session.invoke({ requestId, payload: new Uint8Array(), deadlineMs, invokedFunctionArn: "arn" });
  }

  /** The supervisor did what it was told. */
  async reset(): Promise<void> {
    await this.clock.advance(0);
    expect(this.questions.splice(0)).toEqual(["RESET\n"]);
    this.session.ending.exited({ exitCode: 137, oomKilled: false });
    await this.ask();
  }
}

const text = (result: InvocationResult): string => new TextDecoder().decode(result.payload);
const one = { payload: Buffer.from("1") };

describe("an environment whose supervisor can start its runtime anew", () => {
  test("answers a timeout at once, kills what runs, and begins the next event with an init phase in its time", async () => {
    const rig = new Rig();
    await rig.started();
    const late = rig.invoke("r1");
    await rig.clock.advance(3_000);
    expect(text(await late)).toContain("RequestId: r1 Error: Task timed out after 3.00 seconds");
    await rig.reset();
    await rig.clock.advance(60_000);
    const next = rig.invoke("r2");
    await rig.clock.advance(0);
    expect(rig.session.lives.current.handover.options?.code.files).toEqual([]);
    rig.session.codeArrived();
    await rig.clock.advance(500);
    const poll = new FakePoll();
    rig.session.next(poll);
    expect(poll.delivered).toMatchObject([{ requestId: "r2" }]);
    await rig.clock.advance(40);
    rig.session.complete("r2", one);
    expect(await next).toMatchObject({ outcome: "success", durationMs: 540 });
    expect(rig.session.isEnded).toBe(false);
  });

  test("tells why its runtime exited, and goes on", async () => {
    const rig = new Rig();
    await rig.started();
    const crashed = rig.invoke("r1");
    rig.session.ending.exited({ exitCode: 3, oomKilled: false });
    expect(text(await crashed)).toContain("RequestId: r1 Error: Runtime exited with error: exit status 3");
    await rig.clock.advance(0);
    expect(rig.questions).toEqual(["RESET\n"]);
    await rig.ask();
    const next = rig.invoke("r2");
    await rig.clock.advance(0);
    rig.start();
    rig.session.complete("r2", one);
    expect(await next).toMatchObject({ outcome: "success", log: "" });
  });

  test("gives an event that comes during the reset all of its time", async () => {
    const rig = new Rig();
    await rig.started();
    const late = rig.invoke("r1");
    await rig.clock.advance(3_000);
    await late;
    const next = rig.invoke("r2", 3_000);
    await rig.clock.advance(2_900);
    await rig.reset();
    await rig.clock.advance(2_999);
    const poll = rig.start();
    expect(poll.delivered).toMatchObject([{ requestId: "r2", deadlineMs: rig.clock.now() + 1 }]);
    rig.session.complete("r2", one);
    expect((await next).outcome).toBe("success");
  });

  test("ends an init phase that takes all of its event's time as that event's timeout, with AWS's line in the log", async () => {
    const rig = new Rig();
    await rig.started();
    const crashed = rig.invoke("r1");
    rig.session.ending.exited({ exitCode: 3, oomKilled: false });
    await crashed;
    await rig.ask();
    const next = rig.invoke("r2");
    await rig.clock.advance(0);
    rig.session.codeArrived();
    await rig.clock.advance(3_000);
    expect(await next).toMatchObject({
      errorType: "Sandbox.Timedout",
      durationMs: 3_000,
      log: "INIT_REPORT Init Duration: 3000.00 ms\tPhase: invoke\tStatus: timeout\n",
    });
    expect(text(await next)).toContain("RequestId: r2 Error: Task timed out after 3.00 seconds");
  });

  test("does not take a runtime that is being killed for the next one", async () => {
    const rig = new Rig();
    await rig.started();
    const late = rig.invoke("r1");
    await rig.clock.advance(3_000);
    await late;
    const stale = new FakePoll();
    expect(rig.session.complete("r1", one)).toBe(false);
    expect(rig.session.next(stale)).toBe(true);
    expect(stale.dropped).toBe(true);
    const next = rig.invoke("r2");
    await rig.reset();
    rig.start();
    rig.session.complete("r2", one);
    expect((await next).outcome).toBe("success");
    expect(stale.delivered).toEqual([]);
  });

  test("begins anew also when its runtime exits between two events", async () => {
    const rig = new Rig();
    await rig.started();
    rig.session.ending.exited({ exitCode: 1, oomKilled: false });
    await rig.ask();
    const next = rig.invoke("r1");
    await rig.clock.advance(0);
    rig.start();
    rig.session.complete("r1", one);
    expect((await next).outcome).toBe("success");
  });

  test("ends when the next runtime does not come to its gate, and the event that waits was not delivered", async () => {
    const rig = new Rig();
    await rig.started();
    const late = rig.invoke("r1");
    await rig.clock.advance(3_000);
    await late;
    const next = rig.invoke("r2", 60_000);
    next.catch(() => undefined);
    await rig.clock.advance(15_000);
    await expect(next).rejects.toMatchObject({ code: "FC_LAMBDA_NOT_DELIVERED" });
    expect(await rig.session.ended).toMatchObject({ reason: "lost" });
  });

  test("ends when the next runtime exits before it was at its gate", async () => {
    const rig = new Rig();
    await rig.started();
    rig.session.ending.exited({ exitCode: 1, oomKilled: false });
    rig.session.ending.exited({ exitCode: 70, oomKilled: false });
    expect(await rig.session.ended).toMatchObject({ reason: "lost" });
  });

  test("stays ended, whatever is told of its processes then", async () => {
    const rig = new Rig();
    await rig.started();
    rig.session.close();
    rig.session.ending.exited({ exitCode: 0, oomKilled: false });
    rig.session.extensionEnded("watch", { exitCode: 0 });
    await rig.clock.advance(2_500);
    expect(rig.session.isEnded).toBe(true);
    expect(rig.questions).toEqual([]);
  });

  test("that goes meanwhile never saw the next event", async () => {
    const rig = new Rig();
    await rig.started();
    rig.session.ending.exited({ exitCode: 1, oomKilled: false });
    await rig.ask();
    const next = rig.invoke("r1");
    next.catch(() => undefined);
    await rig.clock.advance(0);
    rig.session.codeArrived();
    rig.session.environmentEnded({ reason: "lost", detail: "the node is gone" });
    await expect(next).rejects.toMatchObject({ code: "FC_LAMBDA_NOT_DELIVERED" });
  });

  test("keeps its log stream over midnight", async () => {
    const rig = new Rig();
    const { handover } = rig.session.lives.current;
    const streamOf = (): string | undefined =>
      rig.session.environmentOf(handover.options!).env["AWS_LAMBDA_LOG_STREAM_NAME"];
    const before = streamOf();
    await rig.clock.advance(86_400_000);
    expect(streamOf()).toBe(before);
  });
});

describe("an init phase that fails", () => {
  const failed = { errorType: "Runtime.ImportModuleError", payload: Buffer.from('{"errorType":"x"}') };

  test("ends the environment unless its repetition is wanted", async () => {
    const rig = new Rig();
    await rig.ask();
    rig.session.codeArrived();
    rig.session.initFailed(failed);
    rig.session.ending.exited({ exitCode: 1, oomKilled: false });
    await expect(rig.session.ready).rejects.toMatchObject({ code: "FC_LAMBDA_INIT_FAILED" });
  });

  test("is repeated within the first event, both in AWS's words in its log; its error is that event's answer", async () => {
    const rig = new Rig({ retryInit: true });
    await rig.ask();
    rig.session.codeArrived();
    await rig.clock.advance(20);
    rig.session.initFailed(failed);
    rig.session.ending.exited({ exitCode: 1, oomKilled: false });
    expect(await rig.session.ready).toEqual({ initDurationMs: undefined });
    await rig.clock.advance(0);
    await rig.ask();
    const first = rig.invoke("r1");
    await rig.clock.advance(0);
    rig.session.codeArrived();
    await rig.clock.advance(30);
    expect(rig.session.initFailed(failed)).toBe(true);
    rig.session.ending.exited({ exitCode: 1, oomKilled: false });
    const line = "Status: error\tError Type: Runtime.ImportModuleError\n";
    expect(await first).toMatchObject({
      outcome: "unhandled",
      errorType: "Runtime.ImportModuleError",
      durationMs: 30,
      log: `INIT_REPORT Init Duration: 20.00 ms\tPhase: init\t${line}INIT_REPORT Init Duration: 30.00 ms\tPhase: invoke\t${line}`,
    });
  });

  test("for its time is repeated with the event's own", async () => {
    const rig = new Rig({ retryInit: true });
    await rig.ask();
    rig.session.codeArrived();
    await rig.clock.advance(10_000);
    expect(await rig.session.ready).toEqual({ initDurationMs: undefined });
    await rig.reset();
    const first = rig.invoke("r1", 900_000);
    await rig.clock.advance(0);
    rig.session.codeArrived();
    await rig.clock.advance(12_000);
    rig.session.next(new FakePoll());
    rig.session.complete("r1", one);
    expect(await first).toMatchObject({
      durationMs: 12_000,
      log: "INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout\n",
    });
  });

  test("is not repeated where no supervisor is", async () => {
    const clock = new ManualClock(0);
    const code = { files, sizeBytes: 0, content: async function* () {} };
    const options = { spec, code, initTimeoutMs: 10_000, awsEndpointUrl: "http://aws.test", retryInit: true };
    const session = new EnvironmentSession({ id: "e1", token: "t", initRequestId: "i" }, options, clock);
    session.codeArrived();
    session.initFailed(failed);
    await expect(session.ready).rejects.toMatchObject({ code: "FC_LAMBDA_INIT_FAILED" });
  });
});
