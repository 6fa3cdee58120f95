import { listenAt } from "../lib/listen-at.ts";

/** What became of asynchronous events, counted outside of the server and of its functions. */
export interface EventFigures {
  readonly accepted: number;
  readonly delivered: number;
  /** Accepted and not delivered, so far. */
  readonly missing: number;
  /** Delivered more than once, which is allowed. */
  readonly doubled: number;
}

/** Knows which events the server accepted, and is told by the functions which ones they got. */
export interface EventLedger extends AsyncDisposable {
  /** Source of a function that tells of its event `{ id }` before it does anything else. */
  readonly source: string;
  readonly accept: (id: string) => void;
  readonly figures: () => EventFigures;
  /** Some events that are missing. */
  readonly missing: () => readonly string[];
}

/** @param address at which functions reach this machine */
export async function startEventLedger(address: string): Promise<EventLedger> {
  const accepted = new Set<string>();
  const deliveries = new Map<string, number>();
  const server = await listenAt(address, (request, response) => {
    const id = (request.url ?? "/").slice(1);
    deliveries.set(id, (deliveries.get(id) ?? 0) + 1);
    response.end();
  });
  const missing = (): string[] => [...accepted].filter((id) => !deliveries.has(id));
  return {
    source: `export const handler = async ({ id }) => { await fetch("${server.url}/" + id); return id; };`,
    accept: (id) => void accepted.add(id),
    figures: () => {
      const counts = [...accepted].map((id) => deliveries.get(id) ?? 0);
      const delivered = counts.filter((count) => count > 0).length;
      const doubled = counts.filter((count) => count > 1).length;
      return { accepted: accepted.size, delivered, missing: accepted.size - delivered, doubled };
    },
    missing: () => missing().slice(0, 10),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
