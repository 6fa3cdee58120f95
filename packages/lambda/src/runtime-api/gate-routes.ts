import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { errorText } from "@fc/core";
import type { EnvironmentSession } from "./environment-session.ts";
import { type Pack, type PackFormat, type SealedPack, sealPack, shellText } from "./gate-pack.ts";
import { answerError } from "./http-answer.ts";
import type { SessionOptions } from "./runtime-session.ts";

/** A pack up to this size goes out in one piece: taking it through streams piece by piece would cost more than it takes to send. */
const onePieceBytes = 256 * 1024;
/** A console that does not read this much loses what comes next; the log itself does not. */
const maxEchoBytes = 4 * 1024 * 1024;

/** `/gate/<token>/<what>[/<detail>…]`, taken apart. */
export interface GatePath {
  readonly token: string;
  readonly what: string;
  readonly details: readonly string[];
}

export function parseGatePath(url: string | undefined): GatePath | undefined {
  const [, gate, token, what, ...details] = (url ?? "").split("?", 1)[0]?.split("/") ?? [];
  return gate === "gate" && token !== undefined && what !== undefined ? { token, what, details } : undefined;
}

/**
 * Serves one request of an environment's gate:
 * `GET pack`, `GET stream` (the pack for shells): environment and code, once, as soon as the environment has a function;
 * `GET console`: a copy of the log, for the container's own output; the supervisor's life line;
 * `POST started`: the extensions of a container image are about to be started, which begins its init phase;
 * `GET extensions`: has the supervisor start the external extensions; answered when all have registered, so that the runtime may start;
 * `POST extension/<index>/<status or why it could not start>`: how one of them ended;
 * `POST refused/<why>`: the gate could not take the code: what came is not what was sent, or cannot be written;
 * `POST direct`: the runtime is about to write to the log channel itself, no longer through a relay;
 * `POST exit/<status>/<oom or ->/<peak memory in bytes or ->`: how the runtime ended.
 */
export async function serveGate(
  session: EnvironmentSession,
  path: GatePath,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const operation = `${request.method} ${path.what}`;
  if (operation === "GET pack") return await sendPack("binary", session, response);
  if (operation === "GET stream") return await sendPack("shell", session, response);
  if (operation === "GET console") return holdConsole(session, response);
  if (operation === "POST started") return begin(session, response);
  if (operation === "GET extensions") return await startExtensions(session, response);
  if (operation === "POST extension") return await takeExtensionEnd(session, path, response);
  if (operation === "POST refused") return takeRefusal(session, path, response);
  if (operation === "POST direct") return goDirect(session, response);
  if (operation === "POST exit") return await takeExit(session, path, response);
  answerError(response, 404, "NotFound", `A gate has no ${operation}`);
}

/** The log channel: everything that comes is the runtime's output, or that of one extension (`logs/extension/<name>`). */
export function serveLogs(session: EnvironmentSession, path: GatePath, socket: Duplex, head: Uint8Array): void {
  if (path.details[0] === "extension") {
    serveExtensionLog(session, socket, head);
    return;
  }
  session.output.mode = path.details[0] === "relay" ? "relay" : "direct";
  socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: fc-logs\r\n\r\n");
  const isRelayed = session.output.mode === "relay";
  const take = (chunk: Uint8Array): void => {
    session.output.append(chunk);
    // A relay cannot turn Nagle's algorithm off: something that is sent back acknowledges each line at once.
    if (isRelayed && socket.writableLength < maxEchoBytes) socket.write("\n");
  };
  if (head.byteLength > 0) take(head);
  socket.on("data", take);
  socket.on("end", () => socket.end());
  void session.finished.then(() => socket.end(() => socket.destroy()));
}

function serveExtensionLog(session: EnvironmentSession, socket: Duplex, head: Uint8Array): void {
  socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: fc-logs\r\n\r\n");
  const log = session.output.writer("extension");
  if (head.byteLength > 0) log.append(head);
  socket.on("data", (chunk: Uint8Array) => log.append(chunk));
  socket.on("close", () => log.end());
  socket.on("end", () => socket.end());
  void session.finished.then(() => socket.end(() => socket.destroy()));
}

/** What starts the extensions of a container image takes telemetry to them, too. */
export function serveCourier(session: EnvironmentSession, socket: Duplex): void {
  socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: fc-courier\r\n\r\n");
  session.courier.attach(socket);
  void session.finished.then(() => socket.end(() => socket.destroy()));
}

/** The supervisor takes questions from here on. */
export function serveSupervisor(session: EnvironmentSession, socket: Duplex): void {
  socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: fc-supervisor\r\n\r\n");
  session.supervisor.attach(socket);
  session.courier.attach(socket);
  void session.finished.then(() => socket.end(() => socket.destroy()));
}

async function sendPack(format: PackFormat, session: EnvironmentSession, response: ServerResponse): Promise<void> {
  if (!session.ask()) return answerError(response, 410, "Gone", "This gate has been used");
  const hungUp = new Promise<void>((resolve) => response.req.socket.once("close", () => resolve()));
  const life = session.lives.current;
  // What was killed meanwhile says nothing of the runtime that comes after it.
  const lost = (detail: string): void => {
    if (session.lives.current === life) session.environmentEnded({ reason: "lost", detail });
  };
  let complete = false;
  void hungUp.then(() => {
    if (!complete) lost("its gate hung up before it had the code");
  });
  const options = await life.handover.given;
  if (options === undefined) return void response.destroy();
  try {
    const pack = sealPack(format, packOf(session, options));
    const content = async function* (): AsyncIterable<Uint8Array> {
      try {
        yield* pack.content();
      } catch (error) {
        // Before the connection ends, which would hide it.
        lost(`the code could not be read: ${errorText(error)}`);
        throw error;
      }
    };
    response.writeHead(200, { "content-type": "application/octet-stream", "content-length": pack.lengthBytes });
    await send({ ...pack, content }, response, () => {
      complete = true;
    });
  } catch (error) {
    // A gate that has everything may hang up before this side knows that all is sent.
    if (!complete) return lost(`sending the code failed: ${errorText(error)}`);
  }
  // A gate hangs up when it has everything: nothing else tells that the environment is still there.
  await hungUp;
  if (session.lives.current === life) session.codeArrived();
}

/** @param read called when all of it is known, before the last of it is sent */
async function send({ lengthBytes, content }: SealedPack, response: ServerResponse, read: () => void): Promise<void> {
  if (lengthBytes <= onePieceBytes) {
    const whole = await buffer(content());
    if (response.destroyed) throw new Error("its gate hung up");
    read();
    response.end(whole);
    return;
  }
  const pieces = async function* (): AsyncIterable<Uint8Array> {
    yield* content();
    read();
  };
  await pipeline(Readable.from(pieces()), response);
}

function holdConsole(session: EnvironmentSession, response: ServerResponse): void {
  session.ending.isSupervised = true;
  response.writeHead(200, { "content-type": "application/octet-stream" });
  response.flushHeaders();
  const stop = session.output.onChunk((chunk) => {
    if (response.writableLength < maxEchoBytes) response.write(chunk);
  });
  response.on("close", () => {
    stop();
    session.connectionLost();
  });
  void session.finished.then(() => response.end());
}

function packOf(session: EnvironmentSession, options: SessionOptions): Pack {
  const { code } = options;
  return { environment: session.environmentOf(options), code, extensions: session.extensions.expected };
}

async function startExtensions(session: EnvironmentSession, response: ServerResponse): Promise<void> {
  const { extensions, handover } = session.lives.current;
  // A container image starts its own.
  if (handover.options !== undefined && handover.options.extensions === undefined)
    session.supervisor.extend(shellText(packOf(session, handover.options)));
  await extensions.complete;
  // What they wrote is to stand before what the runtime writes.
  await session.output.quiet();
  response.writeHead(200, { "content-length": 0 }).end();
}

async function takeExtensionEnd(
  session: EnvironmentSession,
  { details: [index = "", how = ""] }: GatePath,
  response: ServerResponse,
): Promise<void> {
  const name = session.extensions.expected[Number(index)];
  if (name === undefined) return answerError(response, 400, "BadRequest", `There is no extension ${index}`);
  await session.output.settled();
  const isStatus = /^\d{1,3}$/.test(how);
  session.extensionEnded(name, isStatus ? { exitCode: Number(how) } : { whyNot: decodeURIComponent(how) });
  response.writeHead(204).end();
}

function begin(session: EnvironmentSession, response: ServerResponse): void {
  session.codeArrived();
  response.writeHead(204).end();
}

/** Nothing of the function has run, and another environment may do better. */
function takeRefusal(session: EnvironmentSession, { details }: GatePath, response: ServerResponse): void {
  const why = decodeURIComponent(details.join("/"));
  session.environmentEnded({ reason: "lost", detail: `its gate refused the code: ${why}` });
  response.writeHead(204).end();
}

function goDirect(session: EnvironmentSession, response: ServerResponse): void {
  session.output.mode = "direct";
  response.writeHead(204).end();
}

async function takeExit(session: EnvironmentSession, path: GatePath, response: ServerResponse): Promise<void> {
  const [status = "", oom = "-", bytes = "-"] = path.details;
  if (!/^\d{1,3}$/.test(status)) return answerError(response, 400, "BadRequest", `"${status}" is not an exit status`);
  await session.output.settled();
  session.supervisor.exitReported(/^\d{1,15}$/.test(bytes) ? Number(bytes) : undefined);
  session.ending.exited({ exitCode: Number(status), oomKilled: oom === "-" ? undefined : oom === "oom" });
  response.writeHead(204).end();
}
