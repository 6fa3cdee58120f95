import assert from "node:assert/strict";
import { once } from "node:events";
import type { FaultOperation } from "./fault-operation.ts";
import { eventually, type FaultScene, type FaultStage, newName } from "./fault-stage.ts";
import { noteOf, noting } from "./unary-operations.ts";

type StreamName = "waitForPod" | "onPodChange" | "exec" | "exec that runs" | "followLogs" | "port-forward";

/** The stall detector's time: a little later than the server should have ended the watch. */
function watchStalls({ clock }: FaultScene): void {
  clock.fire(270_000, 330_000);
}

/** Calls that hold a connection. */
export const streamOperations: Readonly<Record<StreamName, FaultOperation>> = {
  waitForPod: {
    match: () => ({ verb: "watch", resource: "pods" }),
    streams: true,
    begin: async ({ stage, client, proxy, signal }) => {
      const text = newName("wait");
      const waiting = client.waitForPod(stage.podName, (pod) => noteOf(pod) === text, {
        ...{ timeoutMs: 600_000, what: "to have the note", signal },
      });
      // Until it is waited for, the row itself watches over it.
      waiting.catch(() => undefined);
      await eventually(() => proxy.counters.openWatches === 1, signal);
      return async () => {
        await stage.direct.patchPod(stage.podName, noting(text), { signal });
        assert.equal(noteOf(await waiting), text);
        // It goes on for those who wait next.
        await eventually(() => proxy.counters.openWatches === 1, signal);
      };
    },
    giveUp: watchStalls,
  },
  onPodChange: {
    match: () => ({ verb: "watch", resource: "pods" }),
    streams: true,
    begin: async ({ stage, client, proxy, signal }) => {
      const [doomed, made] = [stage.idlePod(stage.direct), stage.idlePod(stage.direct)];
      const names = [doomed, made].map(({ metadata }) => metadata?.name);
      const seen: string[] = [];
      client.onPodChange((type, { metadata }) => {
        if (names.includes(metadata?.name)) seen.push(`${type} ${metadata?.name}`);
      });
      await stage.direct.createPod(doomed, { signal });
      const told = (text: string) => (): boolean => seen.includes(text);
      await eventually(told(`added ${names[0]}`), signal);
      await eventually(() => proxy.counters.openWatches === 1, signal);
      return async () => {
        await stage.direct.createPod(made, { signal });
        await stage.direct.deletePod(names[0] ?? "", { signal });
        await eventually(told(`added ${names[1]}`), signal);
        await eventually(told(`deleted ${names[0]}`), signal);
        const ends = seen.filter((text) => !text.startsWith("modified"));
        assert.equal(ends.length, new Set(ends).size, `something was told twice: ${seen}`);
        await eventually(() => proxy.counters.openWatches === 1, signal);
        await stage.direct.deletePod(names[1] ?? "", { signal });
      };
    },
    giveUp: watchStalls,
  },
  exec: {
    match: () => ({ resource: "pods/exec" }),
    begin: ({ stage, client, signal }) => {
      const script = "head -c 100000 /dev/zero; echo err >&2; exit 3";
      return async () => {
        const { stdout, stderr, exitCode } = await client.exec(stage.pod, "main", ["sh", "-c", script], { signal });
        assert.deepEqual([stdout.length, stderr, exitCode], [100_000, "err\n", 3]);
      };
    },
  },
  "exec that runs": {
    match: () => ({ resource: "pods/exec" }),
    streams: true,
    begin: async ({ stage, client, signal }) => {
      const script = "echo begun; sleep 2; echo ended";
      const { stdout, result } = await client.execStream(stage.pod, "main", ["sh", "-c", script], { signal });
      result.catch(() => undefined);
      await once(stdout, "readable");
      return async () => {
        stdout.resume();
        assert.equal((await result).exitCode, 0);
      };
    },
    // Three pings, of which none is answered.
    giveUp: ({ clock }) => {
      for (let ping = 0; ping < 3; ping += 1) clock.fire(10_000);
    },
  },
  followLogs: {
    match: () => ({ resource: "pods/log" }),
    streams: true,
    begin: async ({ stage, client, signal }) => {
      const lines = client.followLogs(stage.pod, "main", { signal })[Symbol.asyncIterator]();
      await readLines(lines, 0, 0);
      return async () => {
        const last = await lastLine(stage);
        // What is written from now on has to come past the fault; what was cut may have held a few lines whole.
        await readLines(lines, 1, last + 5);
        await lines.return?.();
      };
    },
    // A log may be quiet for as long as it likes: nobody gives up, and when the connection goes on nothing is lost.
    giveUp: (_scene, lift) => lift(),
  },
  "port-forward": {
    match: () => ({ resource: "pods/portforward" }),
    begin: ({ stage, client, clock, signal }) => {
      // Its address cannot be reached (RFC 5737), as from a laptop.
      const pod = { ...stage.pod, status: { podIP: "192.0.2.1" } };
      return async () => {
        let dialled = false;
        const dialling = client.dial(pod, stage.echoPort, { signal }).finally(() => {
          dialled = true;
        });
        dialling.catch(() => undefined);
        await eventually(() => dialled || clock.fire(1_500) > 0, signal);
        const stream = await dialling;
        stream.write("ping");
        const chunks: Buffer[] = [];
        for await (const chunk of stream as AsyncIterable<Buffer>) {
          chunks.push(chunk);
          if (Buffer.concat(chunks).length === 4) break;
        }
        assert.equal(Buffer.concat(chunks).toString(), "ping");
      };
    },
  },
};

/** Reads on to a line with this number. @throws AssertionError when one is missing or comes twice */
async function readLines(lines: AsyncIterator<Uint8Array>, next: number, until: number): Promise<void> {
  for (let expected = next; expected <= until; ) {
    const { value, done } = await lines.next();
    assert.ok(done !== true, `the log ended before line ${until}`);
    const text = Buffer.from(value).toString().trim();
    if (!text.startsWith("line ")) continue;
    assert.equal(text, `line ${expected}`);
    expected += 1;
  }
}

async function lastLine({ direct, pod }: FaultStage): Promise<number> {
  const text = await direct.podLogs(pod, "main", { tailLines: 5 });
  return Number(/line (\d+)\n(?!.*line)/s.exec(text)?.[1]);
}
