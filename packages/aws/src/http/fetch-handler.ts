import type { AwsHttpRequest, AwsHttpResponse } from "./http.ts";

/** Of these, as of HEAD, `fetch` gives no body. */
const bodiless = [204, 205, 304];

/**
 * Serves a gateway without a socket: takes and gives what `fetch` does. When the signal of the request aborts, it rejects as `fetch` would,
 * and the reader of a response fails; a response stream that fails fails its reader, too. Who cancels the body of a response has gone away.
 */
export function createFetchHandler(
  handle: (request: AwsHttpRequest) => Promise<AwsHttpResponse>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    request.signal.throwIfAborted();
    const gone = new AbortController();
    const signal = AbortSignal.any([request.signal, gone.signal]);
    const answer = await unlessAborted(request.signal, handle(requestOf(request, signal)));
    const { status, headers, body } = answer;
    return new Response(bodyOf(request, answer, gone), { status, headers: headersOf(headers, body) });
  };
}

/** What is waited for, or the signal's reason when that comes first. */
function unlessAborted<T>(signal: AbortSignal, waited: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    waited.then(resolve, reject);
  });
}

function requestOf(request: Request, signal: AbortSignal): AwsHttpRequest {
  const { host, pathname, search } = new URL(request.url);
  return {
    method: request.method,
    target: `${pathname}${search}`,
    headers: { host, ...Object.fromEntries(request.headers) },
    body: chunks(request.body),
    signal,
  };
}

async function* chunks(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (body !== null) yield* body;
}

function headersOf(headers: AwsHttpResponse["headers"], body: AwsHttpResponse["body"]): Headers {
  const all = new Headers();
  for (const [name, value] of Object.entries(headers))
    for (const one of typeof value === "string" ? [value] : value) all.append(name, one);
  if (body instanceof Uint8Array) all.set("content-length", String(body.byteLength));
  return all;
}

function bodyOf(
  { method, signal }: Request,
  { status, body }: AwsHttpResponse,
  gone: AbortController,
): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null {
  if (body === undefined) return null;
  const isRead = method !== "HEAD" && !bodiless.includes(status);
  if (body instanceof Uint8Array) return isRead ? new Uint8Array(body) : null;
  if (isRead) return streamOf(body, signal, gone);
  gone.abort(new Error("the response has no body"));
  return null;
}

function streamOf(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  gone: AbortController,
): ReadableStream<Uint8Array> {
  const pieces = body[Symbol.asyncIterator]();
  // Not waited for: what is waiting for its next chunk ends behind that.
  const end = (): void => void pieces.return?.().catch(() => undefined);
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const abort = (): void => {
          controller.error(signal.reason);
          end();
        };
        signal.addEventListener("abort", abort, { once: true });
      },
      pull: async (controller) => {
        const { done, value } = await pieces.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      cancel: () => {
        gone.abort(new Error("the body of the response was not read to its end"));
        end();
      },
    },
    { highWaterMark: 0 },
  );
}
