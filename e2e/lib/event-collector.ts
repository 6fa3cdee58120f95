import { listenAt } from "./listen-at.ts";

/** An HTTP server that functions post their events to. */
export interface EventCollector extends AsyncDisposable {
  /** Source of a handler that posts its event, then does `then`. */
  readonly handler: (then?: string) => string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the functions got
  readonly events: readonly any[];
  /** Keeps the functions of the next `count` events waiting. Resolves when all of them wait, with what lets them go on. */
  readonly hold: (count: number) => Promise<() => void>;
}

/** @param address at which functions reach this machine */
export async function startEventCollector(address: string): Promise<EventCollector> {
  const events: unknown[] = [];
  let hold: ((answer: () => void) => void) | undefined;
  const server = await listenAt(address, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      events.push(JSON.parse(Buffer.concat(chunks).toString()));
      const answer = (): void => void response.end();
      if (hold === undefined) answer();
      else hold(answer);
    });
  });
  return {
    events,
    handler: (then = "") =>
      `export const handler = async (event) => { await fetch("${server.url}", { method: "POST", body: JSON.stringify(event) }); ${then} };`,
    hold: (count) =>
      new Promise((resolve) => {
        const waiting: (() => void)[] = [];
        hold = (answer) => {
          waiting.push(answer);
          if (waiting.length < count) return;
          hold = undefined;
          resolve(() => {
            for (const go of waiting) go();
          });
        };
      }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
