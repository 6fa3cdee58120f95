import { type Clock, errorText } from "@fc/core";
import { KubernetesError } from "../errors/kubernetes-error.ts";
import type { HttpTransport } from "../transport/http-transport.ts";
import { backoffMs } from "../watch/backoff.ts";
import { LogResume } from "./log-resume.ts";

export interface PodLogsOptions {
  /** Lines from the end. */
  readonly tailLines?: number;
  /** Bytes from the start of what is selected. */
  readonly limitBytes?: number;
  readonly sinceTime?: Date;
  readonly signal?: AbortSignal | undefined;
}

/** Where a container's log is read. */
export interface LogSource {
  readonly transport: HttpTransport;
  /** Path of the Pod. */
  readonly podPath: string;
  readonly container: string | undefined;
}

const mostFailures = 4;

/** A container's log as text. */
export async function readPodLogs(source: LogSource, options: PodLogsOptions = {}): Promise<string> {
  const { tailLines, limitBytes, sinceTime, signal } = options;
  const answer = await source.transport.send({
    method: "GET",
    path: logPath(source, {
      ...(tailLines !== undefined && { tailLines: String(tailLines) }),
      ...(limitBytes !== undefined && { limitBytes: String(limitBytes) }),
      ...(sinceTime !== undefined && { sinceTime: sinceTime.toISOString() }),
    }),
    headers: { Accept: "*/*" },
    signal,
  });
  return answer.body.toString("utf8");
}

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Whether the container will write no more, so that the end of the stream is the end of the log. */
  readonly ended: () => Promise<boolean>;
}

/**
 * A container's log from its start, line by line, until the container has ended or the signal aborts. A connection that
 * breaks is made anew, from the last line's time, without a line twice.
 */
export async function* followPodLogs(source: LogSource, options: FollowOptions): AsyncGenerator<Uint8Array> {
  const { signal, clock } = options;
  const resume = new LogResume();
  let failures = 0;
  while (!signal.aborted) {
    let failure: unknown;
    try {
      const since = resume.sinceTime;
      const response = await source.transport.open({
        method: "GET",
        path: logPath(source, {
          follow: "true",
          timestamps: "true",
          ...(since !== undefined && { sinceTime: since }),
        }),
        headers: { Accept: "*/*" },
        signal,
      });
      resume.connected();
      try {
        for await (const chunk of response as AsyncIterable<Buffer>)
          for (const line of resume.push(chunk)) {
            failures = 0;
            yield line;
          }
      } finally {
        response.destroy();
      }
    } catch (error) {
      if (signal.aborted) return;
      if (KubernetesError.is(error) && !isPassing(error)) throw error;
      failure = error;
    }
    if (failure === undefined && (await options.ended().catch(() => false))) {
      yield* resume.finish();
      return;
    }
    failures += 1;
    // The kubelet's word that a container started or ended comes a second late: do not wait much longer than that.
    const asked = KubernetesError.is(failure) ? (failure.retryAfterMs ?? 0) : 0;
    await clock.sleep(Math.max(asked, backoffMs(Math.min(failures, mostFailures))), signal).catch(() => undefined);
  }
}

/** 400 is "container is waiting to start"; lost connections and 5xx pass as well. */
function isPassing(error: KubernetesError): boolean {
  return (
    error.retryable ||
    (error.httpStatus === 400 && /waiting to start|ContainerCreating|PodInitializing/.test(errorText(error)))
  );
}

function logPath(source: LogSource, query: Readonly<Record<string, string>>): string {
  const container = source.container === undefined ? {} : { container: source.container };
  return `${source.podPath}/log?${new URLSearchParams({ ...container, ...query })}`;
}
