import type { IncomingMessage } from "node:http";
import { type Clock, errorText } from "@fc/core";
import { KubernetesError } from "../errors/kubernetes-error.ts";
import type { HttpTransport } from "../transport/http-transport.ts";
import { backoffMs } from "../watch/backoff.ts";
import { LogResume } from "./log-resume.ts";

export interface PodLogsOptions {
  /** Lines from the end. */
  readonly tailLines?: number | undefined;
  /** Bytes from the start of what is selected. */
  readonly limitBytes?: number;
  /** Kubernetes counts in whole seconds here. */
  readonly sinceTime?: Date | undefined;
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
/** A connection that is quiet for longer is made anew: nothing else tells a quiet log from a frozen connection. */
const quietMs = 120_000;

/** A container's log as text. */
export async function readPodLogs(source: LogSource, options: PodLogsOptions = {}): Promise<string> {
  const { tailLines, limitBytes, sinceTime, signal } = options;
  const answer = await source.transport.send({
    method: "GET",
    path: logPath(source, {
      ...beginning({ tailLines, sinceTime }),
      ...(limitBytes !== undefined && { limitBytes: String(limitBytes) }),
    }),
    headers: { Accept: "*/*" },
    signal,
  });
  return answer.body.toString("utf8");
}

/** Where following begins: by default at the log's start. */
export interface FollowLogsOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Lines from the end. */
  readonly tailLines?: number;
  readonly sinceTime?: Date;
}

export interface FollowOptions extends FollowLogsOptions {
  readonly clock: Clock;
  /** Whether the container will write no more, so that the end of the stream is the end of the log. */
  readonly ended: () => Promise<boolean>;
}

/**
 * A container's log, line by line, until the container has ended or the signal aborts. A connection that breaks, or is quiet for
 * two minutes, is made anew, from the last line's time, without a line twice. Lines of more than 1 MiB are cut.
 */
export async function* followPodLogs(source: LogSource, options: FollowOptions): AsyncGenerator<Uint8Array> {
  const { signal, clock, tailLines, sinceTime } = options;
  const resume = new LogResume();
  let begun = false;
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
          ...(since !== undefined ? { sinceTime: since } : beginning({ tailLines, sinceTime })),
        }),
        headers: { Accept: "*/*" },
        signal,
      });
      begun = true;
      resume.connected();
      for await (const chunk of unlessQuiet(response, clock))
        for (const line of resume.push(chunk)) {
          failures = 0;
          yield line;
        }
    } catch (error) {
      if (signal.aborted) return;
      if (KubernetesError.is(error) && !isPassing(error)) {
        // The Pod went between two connections.
        if (!begun || !error.isNotFound()) throw error;
        yield* resume.finish();
        return;
      }
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

async function* unlessQuiet(response: IncomingMessage, clock: Clock): AsyncGenerator<Buffer> {
  let cancel = (): void => undefined;
  const arm = (): void => {
    cancel();
    cancel = clock.after(quietMs, () => response.destroy(new Error(`nothing came for ${quietMs} ms`)));
  };
  arm();
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      arm();
      yield chunk;
    }
  } finally {
    cancel();
    response.destroy();
  }
}

function beginning({ tailLines, sinceTime }: Pick<PodLogsOptions, "tailLines" | "sinceTime">): Record<string, string> {
  return {
    ...(tailLines !== undefined && { tailLines: String(tailLines) }),
    ...(sinceTime !== undefined && { sinceTime: sinceTime.toISOString() }),
  };
}

/**
 * Answers of a Pod whose log is still to come. 400 is "container is waiting to start", or "is not available" between the two; a 404
 * about `pods/log` is the kubelet's, to which a Pod just bound is unknown (one that does not exist is a 404 about `pods`). Lost
 * connections and 5xx pass as well.
 */
function isPassing(error: KubernetesError): boolean {
  return (
    error.retryable ||
    (error.isNotFound() && error.status?.details?.kind === "pods/log") ||
    (error.httpStatus === 400 &&
      /waiting to start|is not available|ContainerCreating|PodInitializing/.test(errorText(error)))
  );
}

function logPath(source: LogSource, query: Readonly<Record<string, string>>): string {
  const container = source.container === undefined ? {} : { container: source.container };
  return `${source.podPath}/log?${new URLSearchParams({ ...container, ...query })}`;
}
