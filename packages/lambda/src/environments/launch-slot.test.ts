import { deferred, ManualClock } from "@fc/core";
import { expect, test } from "vitest";
import { code, spec } from "../../test/support/function-spec.ts";
import type { LambdaBackend } from "../backend/backend.ts";
import { memoryBackend } from "../testing/index.ts";
import { launchSlot } from "./launch-slot.ts";
import { newSlot } from "./slot.ts";

test("a launch that goes forward has its whole time anew, and is given up when it stands still", async () => {
  const clock = new ManualClock();
  const pulling = deferred<() => void>();
  const backend: LambdaBackend = {
    ...memoryBackend({ handlers: {}, clock }),
    launch: (_request, { onProgress, signal }) => {
      pulling.resolve(() => onProgress?.());
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  };
  const limits = { initTimeoutMs: 10_000, launchTimeoutMs: 5_000 };
  const slot = newSlot(spec(), { now: clock.now() });
  let over = false;
  const launched = launchSlot(slot, () => code, { backend, clock, limits }).finally(() => {
    over = true;
  });
  const refused = expect(launched).rejects.toMatchObject({ code: "FC_DEADLINE_EXCEEDED" });
  const goOn = await pulling.promise;
  for (let times = 0; times < 5; times += 1) {
    await clock.advance(4_000);
    goOn();
  }
  await clock.advance(4_999);
  expect(over).toBe(false);
  await clock.advance(1);
  await refused;
});
