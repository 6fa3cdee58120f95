import { deferred, ManualClock } from "@fc/core";
import { describe, expect, test } from "vitest";
import type { FunctionSpec, Invocation } from "../backend/index.ts";
import { EnvironmentSession } from "./environment-session.ts";
import type { Extension, ExtensionEvent, ExtensionPoll } from "./extension.ts";
import { ExtensionRefusal } from "./extensions.ts";
import type { Poll } from "./runtime-side.ts";

const spec = { functionName: "hello", version: "$LATEST", timeoutSeconds: 3 } as FunctionSpec;

class FakePoll implements Poll {
  readonly delivered: string[] = [];
  deliver(invocation: Invocation): boolean {
    this.delivered.push(invocation.requestId);
    return true;
  }
  drop(): void {}
}

const invocation = (over: Partial<Invocation> = {}): Invocation => ({
  requestId: "r1",
  payload: new Uint8Array(),
  deadlineMs: 1_003_000,
  invokedFunctionArn: "arn",
  ...over,
});

describe("extensions", () => {
  class FakeExtensionPoll implements ExtensionPoll {
    readonly events: ExtensionEvent[] = [];
    readonly gone = deferred<void>();
    readonly closed = this.gone.promise;
    deliver(event: ExtensionEvent): boolean {
      this.events.push(event);
      return true;
    }
  }
  const code = {
    files: [{ path: "/opt/extensions/watch", mode: 0o755, sizeBytes: 0 }],
    sizeBytes: 0,
    content: async function* () {},
  };
  const watched = (): { session: EnvironmentSession; clock: ManualClock; extension: Extension } => {
    const clock = new ManualClock(1_000_000);
    const options = { spec, code, initTimeoutMs: 10_000, awsEndpointUrl: "http://aws.test" };
    const session = new EnvironmentSession({ id: "e1", token: "secret", initRequestId: "init-id" }, options, clock);
    session.ask();
    session.codeArrived();
    const extension = session.extensions.register("watch", ["INVOKE", "SHUTDOWN"]);
    if (extension instanceof ExtensionRefusal) throw new Error(extension.message);
    return { session, clock, extension };
  };

  test("the init phase ends when runtime and extensions wait", async () => {
    const { session, clock, extension } = watched();
    session.next(new FakePoll());
    await clock.advance(70);
    session.extensions.next(extension, new FakeExtensionPoll());
    expect(await session.ready).toEqual({ initDurationMs: 70 });
  });

  test("one that never registers lets the init phase time out", async () => {
    const { session, clock, extension } = watched();
    expect(extension.busy).toBe(true);
    session.next(new FakePoll());
    await clock.advance(10_000);
    await expect(session.ready).rejects.toMatchObject({ details: { errorType: "Sandbox.Timedout" } });
    await clock.advance(2_000);
    await session.finished;
  });

  test("the answer does not wait for an extension, the next event does", async () => {
    const { session, extension } = watched();
    const first = new FakePoll();
    session.next(first);
    session.extensions.next(extension, new FakeExtensionPoll());
    const result = session.invoke(invocation());
    session.complete("r1", { payload: Buffer.from("1") });
    expect(Buffer.from((await result).payload).toString()).toBe("1");
    const second = new FakePoll();
    session.next(second);
    void session.invoke(invocation({ requestId: "r2" })).catch(() => undefined);
    expect(second.delivered).toEqual([]);
    session.extensions.next(extension, new FakeExtensionPoll());
    expect(second.delivered).toEqual(["r2"]);
    session.close();
  });

  test("one that works beyond the deadline ends the environment; the event that waits was not delivered", async () => {
    const { session, clock, extension } = watched();
    session.next(new FakePoll());
    session.extensions.next(extension, new FakeExtensionPoll());
    const result = session.invoke(invocation());
    session.complete("r1", { payload: Buffer.from("1") });
    await result;
    session.next(new FakePoll());
    const waiting = session.invoke(invocation({ requestId: "r2", deadlineMs: 1_009_000 }));
    waiting.catch(() => undefined);
    await clock.advance(3_000);
    await expect(waiting).rejects.toMatchObject({ code: "FC_LAMBDA_NOT_DELIVERED" });
    expect(await session.ended).toMatchObject({ reason: "timedout" });
  });

  test.each([
    ["spindown", (session: EnvironmentSession) => session.close()],
    ["failure", (session: EnvironmentSession) => session.ending.exited({ exitCode: 3 })],
  ])("SHUTDOWN names the reason %s, and is given time", async (shutdownReason, end) => {
    const { session, clock, extension } = watched();
    session.next(new FakePoll());
    const poll = new FakeExtensionPoll();
    session.extensions.next(extension, poll);
    end(session);
    expect(poll.events).toEqual([{ eventType: "SHUTDOWN", shutdownReason, deadlineMs: 1_002_000 }]);
    let finished = false;
    void session.finished.then(() => {
      finished = true;
    });
    await clock.advance(1_999);
    expect(finished).toBe(false);
    poll.gone.resolve();
    await session.finished;
  });
});
