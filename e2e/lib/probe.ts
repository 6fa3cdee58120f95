import { listenAt } from "./listen-at.ts";

/** A request of a function that the test has not answered yet. */
export interface Held {
  /** The address of the function's Pod. */
  readonly from: string;
  /** Lets the function go on. */
  readonly release: () => void;
}

/**
 * An HTTP server that functions tell what happens to them, so that the test counts outside of them and decides when they go on.
 * A function tells `/init/<function>` in its init phase and `/event/<id>` for every event `{ id }`, which it answers with the id.
 */
export interface Probe extends AsyncDisposable {
  /** Source of the functions, as an ES module. */
  readonly source: string;
  /** The path of every request so far, in order. */
  readonly seen: readonly string[];
  /** How often functions got this event. */
  readonly deliveries: (id: string) => number;
  /** Leaves this path's next request without an answer until it is released; those after it are answered. Resolves when it is there. */
  readonly hold: (path: string) => Promise<Held>;
}

/** @param address where Pods reach this machine */
export async function startProbe(address: string): Promise<Probe> {
  const seen: string[] = [];
  const waiting = new Map<string, (held: Held) => void>();
  const server = await listenAt(address, (request, response) => {
    const path = request.url ?? "";
    seen.push(path);
    const holder = waiting.get(path);
    if (holder === undefined) {
      response.end();
      return;
    }
    waiting.delete(path);
    const from = (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
    holder({ from, release: () => response.end() });
  });
  return {
    source: `
      const tell = async (path) => { await fetch("${server.url}" + path); };
      await tell("/init/" + process.env.AWS_LAMBDA_FUNCTION_NAME);
      export const handler = async ({ id }) => { await tell("/event/" + id); return id; };`,
    seen,
    deliveries: (id) => seen.filter((path) => path === `/event/${id}`).length,
    hold: (path) => new Promise((resolve) => waiting.set(path, resolve)),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
