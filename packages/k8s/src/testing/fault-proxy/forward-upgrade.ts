import type { ClientRequest, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "@fc/core";
import { ForwardedStream } from "./forwarded-stream.ts";
import type { OpenExchange } from "./open-exchange.ts";
import { passedOn, type Upstream } from "./upstream.ts";

/** Takes an upgrade (exec, attach, port-forward; WebSocket or SPDY) to the cluster, and then bytes both ways. */
export async function forwardUpgrade(
  exchange: OpenExchange,
  upstream: Upstream,
  clock: Clock,
  client: { readonly incoming: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
): Promise<void> {
  const { incoming, socket, head } = client;
  if (!(await exchange.passes("onRequest"))) return;
  const sent = await upstream.request(incoming, { upgrade: true, signal: exchange.gone });
  const answering = upgradeAnswer(sent);
  sent.end();
  const { answer, upgraded } = await answering;
  if (answer.statusCode === 401) upstream.refused();
  if (!(await exchange.passes("onAnswer"))) {
    sent.destroy();
    upgraded?.socket.destroy();
    return;
  }
  socket.write(answerHead(answer, upgraded !== undefined));
  const common = { request: exchange.request, webSocket: exchange.webSocket, clock, drop: () => exchange.drop() };
  if (upgraded === undefined) {
    const refusal = new ForwardedStream({ ...common, source: answer, sink: socket });
    exchange.begin(refusal);
    return await refusal.run();
  }
  upgraded.socket.on("error", () => socket.destroy());
  exchange.gone.addEventListener("abort", () => upgraded.socket.destroy(), { once: true });
  // What came with the head is the first of the stream.
  if (head.length > 0) socket.unshift(head);
  if (upgraded.head.length > 0) upgraded.socket.unshift(upgraded.head);
  const toClient = new ForwardedStream({ ...common, source: upgraded.socket, sink: socket });
  const toServer = new ForwardedStream({ ...common, source: socket, sink: upgraded.socket });
  exchange.begin(toClient, toServer);
  await Promise.all([toClient.run(), toServer.run()]);
}

interface UpgradeAnswer {
  readonly answer: IncomingMessage;
  /** Undefined when the cluster refused. */
  readonly upgraded: { readonly socket: Duplex; readonly head: Buffer } | undefined;
}

function upgradeAnswer(sent: ClientRequest): Promise<UpgradeAnswer> {
  return new Promise((resolve, reject) => {
    sent.on("error", reject);
    sent.once("response", (answer) => resolve({ answer, upgraded: undefined }));
    sent.once("upgrade", (answer, socket, head) => resolve({ answer, upgraded: { socket, head } }));
  });
}

function answerHead(answer: IncomingMessage, upgraded: boolean): string {
  const headers = passedOn(answer.headers);
  delete headers["transfer-encoding"];
  headers["connection"] = upgraded ? "Upgrade" : "close";
  return httpHead(answer.statusCode ?? 502, answer.statusMessage ?? "", headers);
}

/** The head of an HTTP/1.1 answer on a bare socket. */
export function httpHead(
  httpStatus: number,
  statusMessage: string,
  headers: Readonly<Record<string, string | readonly string[]>>,
): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((single) => `${name}: ${single}\r\n`),
  );
  return `HTTP/1.1 ${httpStatus} ${statusMessage}\r\n${lines.join("")}\r\n`;
}
