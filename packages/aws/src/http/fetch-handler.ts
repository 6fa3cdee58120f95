import type { AwsHttpRequest, AwsHttpResponse } from "./http.ts";

/**
 * Serves a gateway without a socket: takes and gives what `fetch` does. It rejects as `fetch` would, when the signal of the request aborts;
 * a response stream that fails fails its reader. Who cancels the body of a response has gone away.
 */
export function createFetchHandler(
  handle: (request: AwsHttpRequest) => Promise<AwsHttpResponse>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const gone = new AbortController();
    const { status, headers, body } = await handle(requestOf(request, AbortSignal.any([request.signal, gone.signal])));
    return new Response(bodyOf(request, body, gone), { status, headers: headersOf(headers, body) });
  };
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
  { method }: Request,
  body: AwsHttpResponse["body"],
  gone: AbortController,
): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null {
  if (body === undefined) return null;
  if (body instanceof Uint8Array) return method === "HEAD" ? null : new Uint8Array(body);
  return ReadableStream.from(watched(body, gone));
}

async function* watched(body: AsyncIterable<Uint8Array>, gone: AbortController): AsyncGenerator<Uint8Array> {
  let isWhole = false;
  try {
    yield* body;
    isWhole = true;
  } finally {
    if (!isWhole) gone.abort(new Error("the body of the response was not read to its end"));
  }
}
