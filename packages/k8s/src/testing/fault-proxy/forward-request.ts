import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@fc/core";
import { ForwardedStream } from "./forwarded-stream.ts";
import type { OpenExchange } from "./open-exchange.ts";
import { passedOn, type Upstream } from "./upstream.ts";

/** Takes a request to the cluster and its answer back. Rejects when the cluster breaks it off. */
export async function forwardRequest(
  exchange: OpenExchange,
  upstream: Upstream,
  clock: Clock,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  if (!(await exchange.passes("onRequest"))) return;
  const common = { request: exchange.request, webSocket: false, clock, drop: () => exchange.drop() };
  const sent = await upstream.request(incoming, { upgrade: false, signal: exchange.gone });
  const answered = once(sent, "response") as Promise<[IncomingMessage]>;
  // After the answer's head, its body tells of errors.
  sent.on("error", () => undefined);
  const body = new ForwardedStream({ ...common, source: incoming, sink: sent });
  // When the client breaks off, its connection's end tells.
  body.run().catch(() => undefined);
  const [answer] = await answered;
  if (answer.statusCode === 401) upstream.refused();
  if (!(await exchange.passes("onAnswer"))) {
    sent.destroy();
    return;
  }
  // The length stays the same, but the framing is for each side to choose.
  const { "transfer-encoding": _framing, ...headers } = passedOn(answer.headers);
  outgoing.writeHead(answer.statusCode ?? 502, headers).flushHeaders();
  const toClient = new ForwardedStream({ ...common, source: answer, sink: outgoing });
  exchange.begin(toClient, body);
  await toClient.run();
}
