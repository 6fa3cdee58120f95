import { Agent, request } from "node:http";

export interface Call {
  readonly url: string;
  readonly method: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Figures {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds of every call. */
  readonly times: readonly number[];
}

/** Sends `count` calls over `connections` kept-alive connections and measures each in milliseconds. An answer over 299 fails the run. */
export async function load(call: Call, count: number, connections: number): Promise<Figures> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const started = performance.now();
      await send(call, agent);
      times.push(performance.now() - started);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - started) / 1_000;
  agent.destroy();
  return { perSecond: count / seconds, p50: percentile(times, 0.5), p99: percentile(times, 0.99), times };
}

/** Sends one call. An answer over 299 rejects, and so does an invocation that ended in a function error. */
export function send({ url, method, body, headers }: Call, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method, agent, headers: { ...headers, "content-length": Buffer.byteLength(body ?? "") } },
      (response) => {
        const failure = response.headers["x-amz-function-error"];
        if ((response.statusCode ?? 500) > 299 || failure !== undefined)
          reject(new Error(`${method} ${url} answered ${response.statusCode} ${failure ?? ""}`));
        response.resume().once("end", resolve);
      },
    );
    sent.once("error", reject).end(body);
  });
}

/** The value below which this share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
