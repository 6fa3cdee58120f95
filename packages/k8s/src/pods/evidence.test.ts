import { ManualClock } from "@fc/core";
import type { CoreV1Event, V1Pod } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import type { ResourceClient } from "../client/resource-client.ts";
import { podEvidence } from "./evidence.ts";

function eventOf(name: string, resourceVersion: string, second: number): CoreV1Event {
  const lastTimestamp = new Date(second * 1_000);
  return { metadata: { name, resourceVersion }, involvedObject: {}, reason: name, message: "m", lastTimestamp };
}

test("of events of one second, in which a list has them in any order, the last ones are those written last", async () => {
  const listed = [
    eventOf("BackOff", "1000", 7),
    eventOf("Unhealthy", "999", 7),
    eventOf("Started", "98", 7),
    eventOf("Created", "97", 7),
    eventOf("Pulled", "96", 7),
    eventOf("Scheduled", "995", 6),
  ];
  const events = { list: async () => listed } as unknown as ResourceClient<CoreV1Event>;
  const pod: V1Pod = { metadata: { uid: "u" } };
  const evidence = await podEvidence({ events, logs: async () => "", clock: new ManualClock() }, pod, undefined);
  expect(evidence.events).toEqual(["Pulled: m", "Created: m", "Started: m", "Unhealthy: m", "BackOff: m"]);
});
