import {
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  GetEventSourceMappingCommand,
  PublishVersionCommand,
} from "@aws-sdk/client-lambda";
import { ManualClock } from "@fc/core";
import { describe, expect, test } from "vitest";
import { type Harness, type HarnessOptions, lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction } from "../../test/support/make-function.ts";
import {
  type MemoryQueue,
  type MemoryStream,
  memoryEventSources,
  memoryQueue,
  memoryStream,
} from "../testing/index.ts";

const [q, r] = ["q", "r"].map((name) => `arn:aws:sqs:us-east-1:000000000000:${name}`) as [string, string];
const s = "arn:aws:kinesis:us-east-1:000000000000:stream/s";

interface Rig extends Harness {
  readonly queues: readonly [MemoryQueue, MemoryQueue];
  readonly stream: MemoryStream;
  readonly map: (input: Partial<CreateEventSourceMappingCommandInput>) => Promise<string>;
}

/** The functions `f` and `g`, two queues and a stream, and no mapping yet. */
async function rigOf(options: HarnessOptions): Promise<Rig> {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const queues = [memoryQueue({ clock }), memoryQueue({ clock })] as const;
  const stream = memoryStream({ clock });
  const eventSources = memoryEventSources({ queues: { [q]: queues[0], [r]: queues[1] }, streams: { [s]: stream } });
  const rig = lambdaHarness({ clock, eventSources, ...options });
  for (const FunctionName of ["f", "g"]) await makeFunction(rig, { FunctionName });
  const map = async (input: Partial<CreateEventSourceMappingCommandInput>): Promise<string> => {
    const command = new CreateEventSourceMappingCommand({ FunctionName: "f", ...input });
    const { UUID = "" } = await rig.client.send(command);
    await rig.settle();
    return UUID;
  };
  return { ...rig, queues, stream, map };
}

async function pass(rig: Rig, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 1) {
    await rig.clock.advance(1_000);
    await rig.settle();
  }
}

const shown = async (rig: Rig, UUID: string): Promise<string | undefined> =>
  (await rig.client.send(new GetEventSourceMappingCommand({ UUID }))).LastProcessingResult;

describe("the function of a mapping", () => {
  test("that never ends holds up no other mapping", async () => {
    const seen: string[] = [];
    const f = (): Promise<never> => new Promise(() => undefined);
    const rig = await rigOf({ handlers: { f, g: () => seen.push("g") } });
    await rig.map({ EventSourceArn: q });
    await rig.map({ EventSourceArn: r, FunctionName: "g" });
    rig.queues[0].send("slow");
    await pass(rig, 1);
    rig.queues[1].send("other");
    await pass(rig, 1);
    expect([seen, rig.queues[0].bodies, rig.queues[1].bodies]).toEqual([["g"], ["slow"], []]);
  });

  test("that cannot be launched loses no message and no record", async () => {
    let fault: "launch-failed" | undefined = "launch-failed";
    const seen: string[] = [];
    const f = (event: unknown): void => {
      const [record] = (event as { Records: { body?: string; kinesis?: { data: string } }[] }).Records;
      seen.push(record?.body ?? Buffer.from(record?.kinesis?.data ?? "", "base64").toString());
    };
    const rig = await rigOf({ handlers: { f, g: f }, onLaunch: () => fault });
    const ids = [
      await rig.map({ EventSourceArn: q }),
      await rig.map({ EventSourceArn: s, FunctionName: "g", StartingPosition: "TRIM_HORIZON" }),
    ];
    rig.queues[0].send("message");
    rig.stream.put("record");
    await pass(rig, 5);
    expect([seen, rig.queues[0].bodies]).toEqual([[], ["message"]]);
    for (const id of ids) expect(await shown(rig, id)).not.toBe("OK");
    fault = undefined;
    await pass(rig, 60);
    expect([seen.toSorted(), rig.queues[0].bodies]).toEqual([["message", "record"], []]);
  });

  test("is the version or alias that the mapping names", async () => {
    const seen: string[] = [];
    const f: NonNullable<HarnessOptions["handlers"]>[string] = (_event, { spec, invokedFunctionArn }) =>
      seen.push(`${spec.version} as ${invokedFunctionArn.split(":").slice(6).join(":")}`);
    const rig = await rigOf({ handlers: { f, g: f } });
    await rig.client.send(new PublishVersionCommand({ FunctionName: "f" }));
    await rig.client.send(new CreateAliasCommand({ FunctionName: "f", Name: "live", FunctionVersion: "1" }));
    await rig.map({ EventSourceArn: q, FunctionName: "f:live" });
    await rig.map({ EventSourceArn: s, FunctionName: "f:1", StartingPosition: "TRIM_HORIZON" });
    rig.queues[0].send("a");
    await pass(rig, 1);
    rig.stream.put("b");
    await pass(rig, 1);
    expect(seen).toEqual(["1 as f:live", "1 as f:1"]);
  });
});
