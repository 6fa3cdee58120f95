import type { V1Pod } from "@kubernetes/client-node";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PodChange } from "../src/index.ts";
import { dropConnection, FakeApiServer, type FakeHandler, statusAnswer } from "../src/testing/index.ts";
import { StepClock } from "./step-clock.ts";
import { connectTo, eventually, paths, podJson } from "./support.ts";

let server: FakeApiServer;
beforeAll(async () => {
  server = await FakeApiServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const names = ["a", "b", "c"] as const;
const change = fc.record({ kind: fc.constant("change"), name: fc.constantFrom(...names), phase: fc.nat(9) });
const removal = fc.record({ kind: fc.constant("remove"), name: fc.constantFrom(...names) });
const faults = {
  gone: statusAnswer(410, "Expired", "too old"),
  goneEvent: line({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } }),
  errorEvent: line({ type: "ERROR", object: { kind: "Status", code: 500, reason: "InternalError" } }),
  halfLine: ((_request, response) => {
    response.write('{"type":"ADDED","object":{"metadata":{"na');
    setImmediate(() => response.destroy());
  }) as FakeHandler,
  nonsense: ((_request, response) => response.end("nonsense\n")) as FakeHandler,
  drop: dropConnection,
  unavailable: statusAnswer(503, "ServiceUnavailable", "overloaded"),
} as const;
const fault = fc.record({
  kind: fc.constant("fault"),
  fault: fc.constantFrom(...(Object.keys(faults) as (keyof typeof faults)[])),
});
const pause = fc.record({ kind: fc.constant("pause") });
type Step = {
  readonly kind: string;
  readonly name?: string;
  readonly phase?: number;
  readonly fault?: keyof typeof faults;
};

function line(event: object): FakeHandler {
  return (_request, response) => response.end(`${JSON.stringify(event)}\n`);
}

/** What a listener has been told: refuses what cannot be true. */
class Told {
  readonly pods = new Map<string, V1Pod>();

  hear(type: PodChange, pod: V1Pod): void {
    const { name = "", uid } = pod.metadata ?? {};
    const known = this.pods.get(name)?.metadata?.uid;
    if (type === "added") expect(known).toBeUndefined();
    else expect(known).toBe(uid);
    if (type === "deleted") this.pods.delete(name);
    else this.pods.set(name, pod);
  }
}

test("whatever happens to lists and watches, listeners end up with what there is, told in an order that makes sense", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(change, removal, fault, pause), { maxLength: 30 }), async (steps: Step[]) => {
      await using client = await connectTo(server, { clock: new StepClock() });
      const told = new Told();
      const failures: unknown[] = [];
      client.onPodChange((type, pod) => {
        try {
          told.hear(type, pod);
        } catch (error) {
          failures.push(error);
        }
      });
      for (const { kind, name = "", phase, fault: broken } of steps) {
        if (kind === "change") server.objects.put(paths.pods, podJson(name, { phase: String(phase) }));
        else if (kind === "remove") server.objects.remove(paths.pods, name);
        else if (broken !== undefined) {
          server.nextWatch(paths.pods, faults[broken]);
          server.dropAll();
        } else for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      }
      server.objects.put(paths.pods, podJson("last"));
      await eventually(() => told.pods.has("last"));
      const seen = [...told.pods.values()].map(({ metadata, status }) => [
        metadata?.name,
        metadata?.uid,
        status?.phase,
      ]);
      const real = server.objects
        .list(paths.pods)
        .map(({ metadata, ["status"]: status }) => [metadata.name, metadata.uid, (status as { phase: string }).phase]);
      for (const name of [...names, "last"]) server.objects.remove(paths.pods, name);
      expect(failures).toEqual([]);
      expect(seen.sort()).toEqual(real.sort());
    }),
    { numRuns: 60 },
  );
});
