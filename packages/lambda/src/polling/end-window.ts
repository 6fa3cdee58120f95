import { errorText } from "@fc/core";
import { backoffMs } from "./backoff.ts";
import { functionCallFailed } from "./polling.ts";
import type { ShardWindow, WindowCall } from "./shard-window.ts";
import type { StreamPolling } from "./stream-polling.ts";

/**
 * Tells the function that a window is over, or that its state has become too large. Nothing goes on before that has worked: it is
 * tried again without end. Rejects only when `signal` aborts.
 */
export async function endWindow(
  polling: StreamPolling,
  window: ShardWindow,
  call: Exclude<WindowCall, "records">,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 1; ; failures += 1) {
    signal.throwIfAborted();
    try {
      const answer = await polling.invoke({ Records: [], ...window.properties(call) }, signal);
      if (!answer.failed) break;
      signal.throwIfAborted();
      polling.report(functionCallFailed);
    } catch (error) {
      signal.throwIfAborted();
      polling.report(`PROBLEM: ${errorText(error)}`);
    }
    await polling.clock.sleep(backoffMs(failures), signal);
  }
  polling.report("OK");
  window.ended(call);
}
