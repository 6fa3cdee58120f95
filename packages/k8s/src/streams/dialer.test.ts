import type { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { ManualClock } from "@fc/core";
import { expect, test } from "vitest";
import { Dialer } from "./dialer.ts";

const pod = { metadata: { name: "p" }, status: { podIP: "10.0.0.1" } };

function dialer(connect: () => Promise<Socket>): { dialer: Dialer; ways: string[]; clock: ManualClock } {
  const ways: string[] = [];
  const clock = new ManualClock();
  const made = new Dialer({
    clock,
    connect: () => {
      ways.push("direct");
      return connect();
    },
    forward: () => {
      ways.push("forward");
      return Promise.resolve(new PassThrough());
    },
  });
  return { dialer: made, ways, clock };
}

test("an address that does not answer is tried once, then Pods are reached through the API server", async () => {
  const { dialer: subject, ways } = dialer(() => Promise.reject(new Error("no connection within 1500 ms")));
  await subject.dial(pod, 80);
  await subject.dial(pod, 80);
  expect(ways).toEqual(["direct", "forward", "forward"]);
});

test("where an address answered, no other way is tried", async () => {
  const answers = [Promise.resolve({} as Socket), Promise.reject(new Error("lost"))];
  answers[1]?.catch(() => undefined);
  const { dialer: subject, ways } = dialer(() => answers.shift() as Promise<Socket>);
  await subject.dial(pod, 80);
  await expect(subject.dial(pod, 80)).rejects.toMatchObject({ code: "FC_K8S_DIAL_FAILED", retryable: true });
  expect(ways).toEqual(["direct", "direct"]);
});

test("a firewall that refuses does not hide that the API server reaches the Pod", async () => {
  const refused = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
  const { dialer: subject, ways, clock } = dialer(() => Promise.reject(refused));
  const dialled = subject.dial(pod, 80);
  await clock.advance(500);
  await dialled;
  await subject.dial(pod, 80);
  expect(ways).toEqual(["direct", "forward", "forward"]);
});
