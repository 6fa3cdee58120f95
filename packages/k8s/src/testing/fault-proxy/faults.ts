import type { ChunkHandler, Fault, FaultExchange, FaultStream } from "./fault.ts";
import { binaryFrame, closeFrame, type WebSocketFrame, WebSocketFrames } from "./web-socket-frames.ts";

/** When a connection is dropped: the cluster has not seen the request; it has answered it; half of its answer has come through. */
export type DropMoment = "before-request" | "before-answer" | "mid-body";

/** How an exec ends without its status: the connection is cut, it is closed in order (1000), or only the status is left out. */
export type ExecTruncation = "cut" | "close" | "drop-status";

export interface StatusOptions {
  /** Kubernetes' word. Default: the usual one for this code. */
  readonly reason?: string;
  readonly message?: string;
  readonly retryAfterSeconds?: number;
}

/** The usual faults. */
export interface FaultCatalogue {
  /** Default `before-request`. `mid-body` cuts open streams too, within what they get next. */
  readonly dropConnection: (moment?: DropMoment) => Fault;
  /** The request waits; it goes on early when the fault is lifted. */
  readonly delay: (ms: number) => Fault;
  /** Requests are accepted and nothing is said; open streams stand still, in both directions. Lifted, all of it goes on. */
  readonly freeze: () => Fault;
  /** A Status answer in the cluster's place: 410 for a watch or a page, 429 with `retryAfterSeconds`, 500, 503… */
  readonly status: (httpStatus: number, options?: StatusOptions) => Fault;
  /** An ERROR event with this code, and the watch's end: how an API server itself says 410. Open watches get it at once. */
  readonly watchError: (code: number, options?: StatusOptions) => Fault;
  /** Half of the next event's JSON line, then the connection is cut. */
  readonly cutWatchEvent: () => Fault;
  /** All output comes, the status does not. WebSockets only; execs that are open already are left alone. */
  readonly truncateExec: (how: ExecTruncation) => Fault;
  /** Output that comes after the status. WebSockets only; execs that are open already are left alone. */
  readonly dataAfterExecStatus: (text: string) => Fault;
  /** Bodies and streams pass at this pace, in both directions, 20 slices a second. */
  readonly slow: (bytesPerSecond: number) => Fault;
}

const reasons: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  410: "Expired",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};
const slicesPerSecond = 20;
const newline = 0x0a;
const statusChannel = 3;

export const faults: FaultCatalogue = {
  dropConnection: (moment = "before-request") => ({
    name: `drop the connection ${moment}`,
    ...(moment === "before-request" && { onRequest: dropped }),
    ...(moment === "before-answer" && { onAnswer: dropped }),
    ...(moment === "mid-body" && { toClient: cutInHalf }),
  }),
  delay: (ms) => ({
    name: `delay of ${ms} ms`,
    onRequest: async ({ clock, lifted }) => {
      await clock.sleep(ms, lifted).catch(() => undefined);
      return true;
    },
  }),
  freeze: () => ({
    name: "freeze",
    onRequest: async ({ lifted }) => {
      await aborted(lifted);
      return true;
    },
    toClient: held,
    toServer: held,
  }),
  status: (httpStatus, options = {}) => ({
    name: `HTTP ${httpStatus}`,
    onRequest: (exchange) => {
      const { retryAfterSeconds } = options;
      const retry = retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) };
      exchange.answer(httpStatus, retry, statusText(httpStatus, options));
      return false;
    },
  }),
  watchError: (code, options = {}) => ({
    name: `watch ERROR ${code}`,
    toClient: (stream) => endedWithLine(stream, `{"type":"ERROR","object":${statusText(code, options)}}\n`),
  }),
  cutWatchEvent: () => ({ name: "half a watch event", toClient: cutInLastLine }),
  truncateExec: (how) => ({
    name: `exec without a status: ${how}`,
    fromStart: true,
    toClient: (stream) =>
      atExecStatus(stream, async () => {
        if (how === "cut") stream.drop();
        if (how !== "close") return;
        await stream.write(closeFrame(1_000));
        stream.end();
      }),
  }),
  dataAfterExecStatus: (text) => ({
    name: "exec output after the status",
    fromStart: true,
    toClient: (stream) =>
      atExecStatus(stream, ({ bytes }) =>
        stream.write(Buffer.concat([bytes, binaryFrame(Buffer.from(`\u0001${text}`))])),
      ),
  }),
  slow: (bytesPerSecond) => ({
    name: `${bytesPerSecond} bytes/s`,
    toClient: (stream) => throttled(stream, bytesPerSecond),
    toServer: (stream) => throttled(stream, bytesPerSecond),
  }),
};

function dropped(exchange: FaultExchange): boolean {
  exchange.drop();
  return false;
}

function held(stream: FaultStream): ChunkHandler {
  return async (chunk) => {
    await aborted(stream.lifted);
    await stream.write(chunk);
  };
}

function cutInHalf(stream: FaultStream): ChunkHandler {
  return async (chunk) => {
    await stream.write(chunk.subarray(0, chunk.length >> 1));
    stream.drop();
  };
}

function cutInLastLine(stream: FaultStream): ChunkHandler {
  return async (chunk) => {
    const end = chunk.at(-1) === newline ? chunk.length - 1 : chunk.length;
    const start = chunk.lastIndexOf(newline, end - 1) + 1;
    await stream.write(chunk.subarray(0, start + ((end - start) >> 1)));
    stream.drop();
  };
}

/** Writes the line as soon as a line may begin, and ends. */
function endedWithLine(stream: FaultStream, line: string): ChunkHandler {
  const finish = async (): Promise<void> => {
    await stream.write(Buffer.from(line));
    stream.end();
  };
  if (stream.atLineStart) void finish();
  return async (chunk) => {
    const end = chunk.indexOf(newline) + 1;
    await stream.write(end === 0 ? chunk : chunk.subarray(0, end));
    if (end > 0) await finish();
  };
}

/** Passes an exec's frames; its status goes to `onStatus` instead. */
function atExecStatus(
  stream: FaultStream,
  onStatus: (frame: WebSocketFrame) => Promise<void>,
): ChunkHandler | undefined {
  if (!stream.webSocket) return undefined;
  const frames = new WebSocketFrames();
  return async (chunk) => {
    for (const frame of frames.push(chunk)) {
      const isStatus = frame.opcode === 2 && frame.payload[0] === statusChannel && frame.payload.length > 1;
      await (isStatus ? onStatus(frame) : stream.write(frame.bytes));
    }
  };
}

function throttled(stream: FaultStream, bytesPerSecond: number): ChunkHandler {
  const slice = Math.max(1, Math.round(bytesPerSecond / slicesPerSecond));
  return async (chunk) => {
    for (let start = 0; start < chunk.length; start += slice) {
      const part = chunk.subarray(start, stream.lifted.aborted ? chunk.length : start + slice);
      await stream.clock.sleep((part.length / bytesPerSecond) * 1_000, stream.lifted).catch(() => undefined);
      await stream.write(part);
      if (stream.lifted.aborted) return await stream.write(chunk.subarray(start + part.length));
    }
  };
}

function statusText(code: number, options: StatusOptions): string {
  const { reason = reasons[code] ?? "Unknown", message = `the fault proxy says ${code}` } = options;
  return JSON.stringify({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
