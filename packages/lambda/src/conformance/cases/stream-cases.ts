import assert from "node:assert/strict";
import type { ResponseSink } from "../../backend/index.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { isFunctionError } from "../expectations.ts";

/** Keeps what comes. */
class Collected implements ResponseSink {
  contentType: string | undefined;
  readonly limitBytes: number;
  readonly #chunks: Uint8Array[] = [];
  readonly #taken: () => Promise<void>;

  constructor(taken: () => Promise<void> = () => Promise.resolve(), limitBytes = 1_000_000) {
    this.#taken = taken;
    this.limitBytes = limitBytes;
  }

  get chunks(): readonly string[] {
    return this.#chunks.map((chunk) => Buffer.from(chunk).toString());
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString();
  }

  start(contentType: string): void {
    assert.equal(this.contentType, undefined, "the response started twice");
    this.contentType = contentType;
  }

  write(chunk: Uint8Array): Promise<void> {
    assert.notEqual(this.contentType, undefined, "a chunk came before the start");
    this.#chunks.push(chunk);
    return this.#taken();
  }
}

const handler = "index.streaming";

export const streamCases: readonly ConformanceCase[] = casesOf("streams", (add) => {
  add(
    "a streamed response comes while it is made",
    async ({ launch, probe, invoke }) => {
      const environment = await launch(probe({ handler }));
      const stream = new Collected(() => environment.terminate());
      const event = { chunks: ["first", "second"], pauseMs: 60_000 };
      const { result } = await invoke(environment, event, { stream, timeoutMs: 5_000 });
      assert.deepEqual(stream.chunks, ["first"]);
      assert.equal(result.outcome, "unhandled");
    },
    { needs: ["streaming"] },
  );

  add(
    "a streamed response comes whole, with its content type, and not again in the result",
    async ({ launch, probe, invoke }) => {
      const environment = await launch(probe({ handler }));
      for (const chunks of [["one ", "€ ", "two"], ["x".repeat(300_000), "y"], []]) {
        const stream = new Collected();
        const { result } = await invoke(environment, { chunks, pauseMs: 0 }, { stream });
        assert.equal(result.outcome, "success");
        assert.equal(stream.contentType, "text/fc-probe");
        assert.ok(stream.text() === chunks.join(""), "the response is another one");
        assert.equal(result.payload.byteLength, 0, "the result repeats the response");
      }
    },
    { needs: ["streaming"] },
  );

  add(
    "a streamed response is the result's when nobody takes it as it comes",
    async ({ launch, probe, invoke }) => {
      const event = { chunks: ['{"a":', '"€"', "}"], pauseMs: 0 };
      const { body } = await invoke(await launch(probe({ handler })), event);
      assert.deepEqual(body, { a: "€" });
    },
    { needs: ["streaming"] },
  );

  add(
    "a streamed response may be as large as who takes it says, and no larger",
    async ({ launch, probe, invoke }) => {
      const environment = await launch(probe({ handler }));
      const taken = new Collected(undefined, 1_000);
      const exact = await invoke(environment, { chunks: ["x".repeat(999), "y"], pauseMs: 0 }, { stream: taken });
      assert.equal(exact.result.outcome, "success", JSON.stringify(exact.body));
      assert.equal(taken.text().length, 1_000);
      const cut = new Collected(undefined, 1_000);
      const over = await invoke(environment, { chunks: ["x".repeat(999), "yz"], pauseMs: 0 }, { stream: cut });
      isFunctionError(over, "Function.ResponseSizeTooLarge", /\(1000 bytes\)\.$/);
      assert.ok(cut.text().length <= 1_000, `${cut.text().length} bytes were written`);
    },
    { needs: ["streaming"] },
  );

  add(
    "a function that exits while it streams is a function error",
    async ({ launch, probe, invoke }) => {
      const environment = await launch(probe({ handler }));
      const event = { chunks: ["first"], pauseMs: 50, exit: 3 };
      const answer = await invoke(environment, event, { stream: new Collected() });
      isFunctionError(answer, "Runtime.ExitError", /Error: Runtime exited with error: exit status 3$/);
    },
    { needs: ["streaming"] },
  );
});
