import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { StatusError } from "../../store/status-error.ts";
import { type ApiContext, isTrue, type ResourceRequest } from "../http/api-request.ts";
import { isPlaced, podOf, selectContainer } from "./stream-target.ts";

/** GET on pods/x/log: the raw bytes, until the container ends when `follow` is set. @throws StatusError 400, 404 */
export async function sendLogs(context: ApiContext, request: ResourceRequest, response: ServerResponse): Promise<void> {
  const { query } = request;
  const pod = podOf(context, request);
  const container = selectContainer(pod, query.get("container"));
  if (!isPlaced(pod)) {
    response.writeHead(200, { "Content-Type": "text/plain" }).end();
    return;
  }
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const follow = isTrue(query, "follow");
  const sinceTime = query.get("sinceTime");
  const lines = context.agent.logs(pod, container, {
    ...{ follow, timestamps: isTrue(query, "timestamps"), previous: isTrue(query, "previous") },
    ...numberOption(query, "tailLines"),
    ...numberOption(query, "sinceSeconds"),
    ...numberOption(query, "limitBytes"),
    ...(sinceTime === null ? {} : { sinceTime }),
    signal: AbortSignal.any([gone.signal, context.closing]),
  });
  const iterator = lines[Symbol.asyncIterator]();
  // The first piece decides whether this is an answer or a Status. A quiet container must not hold back the headers of a follower.
  const first = iterator.next();
  await (follow ? Promise.race([first, context.clock.sleep(20)]) : first);
  response.writeHead(200, { "Content-Type": "text/plain", "Cache-Control": "no-cache, private" });
  response.flushHeaders();
  await pipeline(Readable.from(piecesOf(first, iterator), { objectMode: false }), response).catch((error: unknown) => {
    if (!gone.signal.aborted && !context.closing.aborted) throw error;
  });
}

function numberOption(
  query: URLSearchParams,
  name: "tailLines" | "sinceSeconds" | "limitBytes",
): Record<string, number> {
  const text = query.get(name);
  if (text === null) return {};
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0)
    throw StatusError.badRequest(`${name} has to be a number of at least 0, not ${JSON.stringify(text)}`);
  return { [name]: value };
}

async function* piecesOf(
  first: Promise<IteratorResult<Uint8Array>>,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let next = await first; next.done !== true; next = await rest.next()) yield next.value;
}
