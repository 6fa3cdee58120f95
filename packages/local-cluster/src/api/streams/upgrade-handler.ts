import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { StatusError } from "../../store/status-error.ts";
import type { ApiContext, ResourceRequest } from "../http/api-request.ts";
import { checkHost } from "../http/check-host.ts";
import { resourceRequest } from "../http/handle-request.ts";
import { asStatusError } from "../http/respond.ts";
import { remoteCommandOptions } from "./remote-command.ts";
import { serveSpdyCommand, spdyCommandProtocols } from "./spdy-command.ts";
import { servePortForward } from "./spdy-port-forward.ts";
import { placedPodOf } from "./stream-target.ts";
import { commandProtocols, serveWebSocketCommand } from "./websocket-command.ts";
import { forwardedPorts, serveChannelPortForward } from "./websocket-port-forward.ts";
import { WebSocketTunnel } from "./websocket-tunnel.ts";

const tunnelProtocol = "SPDY/3.1+portforward.k8s.io";

/** Answers requests that leave HTTP: exec, attach and portforward over WebSocket and SPDY. */
export class UpgradeHandler {
  readonly #context: ApiContext;
  readonly #webSockets: WebSocketServer;

  constructor(context: ApiContext) {
    this.#context = context;
    this.#webSockets = new WebSocketServer({
      ...{ noServer: true, perMessageDeflate: false, maxPayload: 32 * 1024 * 1024, clientTracking: false },
      handleProtocols: (offered) => commandProtocols.find((protocol) => offered.has(protocol)) ?? false,
    });
    // The tunnel's name holds a "/", which ws does not let pass as a protocol: its header is taken out before and put back here.
    this.#webSockets.on("headers", (headers, request) => {
      if (Reflect.get(request, tunnelled) === true) headers.push(`Sec-WebSocket-Protocol: ${tunnelProtocol}`);
    });
  }

  handle(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A client that leaves during the handshake is no event worth a crash.
    socket.on("error", () => socket.destroy());
    try {
      checkHost(incoming);
      const url = new URL(incoming.url ?? "/", "https://localhost");
      const request = resourceRequest(this.#context, incoming, url);
      if (request === undefined || !["exec", "attach", "portforward"].includes(request.subresource ?? "")) {
        throw StatusError.badRequest("this path does not upgrade");
      }
      const protocol = (incoming.headers.upgrade ?? "").toLowerCase();
      if (protocol === "websocket") this.#webSocket(request, socket, head);
      else if (protocol === "spdy/3.1") this.#spdy(request, socket, head);
      else throw StatusError.badRequest(`unable to upgrade: unknown protocol ${JSON.stringify(protocol)}`);
    } catch (error) {
      refuse(socket, asStatusError(error, this.#context.logger));
    }
  }

  #webSocket(request: ResourceRequest, socket: Duplex, head: Buffer): void {
    const { incoming, subresource } = request;
    const context = this.#context;
    const pod = placedPodOf(context, request);
    const offered = (incoming.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
    const open = (serve: (webSocket: WebSocket) => void): void =>
      this.#webSockets.handleUpgrade(incoming, socket, head, (webSocket) => {
        webSocket.on("error", () => webSocket.terminate());
        serve(webSocket);
      });
    if (subresource === "portforward" && offered.includes(tunnelProtocol)) {
      Reflect.deleteProperty(incoming.headers, "sec-websocket-protocol");
      Reflect.set(incoming, tunnelled, true);
      open((webSocket) => servePortForward(context, pod, new WebSocketTunnel(webSocket), Buffer.alloc(0)));
      return;
    }
    if (!commandProtocols.some((name) => offered.includes(name))) {
      throw StatusError.badRequest(
        `unable to upgrade: none of the protocols [${offered.join(", ")}] is supported, only ${commandProtocols.join(", ")}`,
      );
    }
    if (subresource === "portforward") {
      const ports = forwardedPorts(request);
      open((webSocket) => serveChannelPortForward(context, pod, ports, webSocket));
      return;
    }
    const target = { pod, options: remoteCommandOptions(request, pod) };
    open((webSocket) => void serveWebSocketCommand(context, request, target, webSocket));
  }

  #spdy(request: ResourceRequest, socket: Duplex, head: Buffer): void {
    const context = this.#context;
    const pod = placedPodOf(context, request);
    const offered = [request.incoming.headers["x-stream-protocol-version"] ?? []]
      .flat()
      .flatMap((value) => value.split(","))
      .map((x) => x.trim());
    const known = request.subresource === "portforward" ? ["portforward.k8s.io"] : spdyCommandProtocols;
    const chosen = known.find((version) => offered.includes(version));
    if (chosen === undefined) {
      const error = new StatusError(
        403,
        "Forbidden",
        `unable to upgrade: none of the protocols [${offered.join(", ")}] is supported`,
      );
      refuse(socket, error, { "X-Accepted-Stream-Protocol-Versions": known.join(",") });
      return;
    }
    // Refusals have to come before the upgrade.
    const target =
      request.subresource === "portforward" ? undefined : { pod, options: remoteCommandOptions(request, pod) };
    const lines = [
      "HTTP/1.1 101 Switching Protocols",
      "Connection: Upgrade",
      "Upgrade: SPDY/3.1",
      `X-Stream-Protocol-Version: ${chosen}`,
    ];
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    if (target === undefined) servePortForward(context, pod, socket, head);
    else serveSpdyCommand(context, request, target, socket, head);
  }
}

const tunnelled = Symbol("tunnelled");

/** An ordinary HTTP answer on a socket that was to be upgraded. */
function refuse(socket: Duplex, error: StatusError, headers: Readonly<Record<string, string>> = {}): void {
  const body = Buffer.from(`${JSON.stringify(error.status)}\n`);
  const { code } = error.status;
  const fields = {
    ...headers,
    "Content-Type": "application/json",
    "Content-Length": String(body.length),
    Connection: "close",
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  socket.write(`HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ""}\r\n${lines.join("\r\n")}\r\n\r\n`);
  socket.end(body);
}
