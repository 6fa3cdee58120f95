import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { EnvironmentSession } from "./environment-session.ts";
import type { Extension, ExtensionPoll } from "./extension.ts";
import { ExtensionRefusal } from "./extensions.ts";
import { answerError, answerJson, header, readBody } from "./http-answer.ts";

const root = "/2020-01-01/extension/";
const maxBodyBytes = 256 * 1024;
/** What the invocation's error is called when an extension announces its end. */
const announcements: Readonly<Record<string, string>> = {
  "POST init/error": "Extension.InitError",
  "POST exit/error": "Extension.ExitError",
};

export function isExtensionPath(path: string): boolean {
  return path.startsWith(root);
}

/** Serves one request of an extension: the Lambda Extensions API, version 2020-01-01. */
export async function serveExtension(
  session: EnvironmentSession,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const operation = `${request.method} ${path.slice(root.length)}`;
  if (operation === "POST register") return await register(session, request, response);
  if (operation === "GET event/next") return withExtension(session, request, response, next);
  const announced = announcements[operation];
  if (announced !== undefined) {
    await readBody(request, maxBodyBytes);
    return withExtension(session, request, response, (one) => failed(session, one, announced, request, response));
  }
  answerError(response, 404, "NotFound", `${request.method} ${path} is not an operation of the Extensions API`);
}

async function register(
  session: EnvironmentSession,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = header(request, "lambda-extension-name") ?? "";
  const events = eventsOf(await readBody(request, maxBodyBytes));
  if (name === "") return refuse(response, "Extension.InvalidExtensionName", "Empty extension name");
  if (events === undefined)
    return refuse(response, "InvalidRequestFormat", 'The body is not JSON of the form {"events": ["INVOKE"]}');
  const made = session.extensions.register(name, events);
  if (made instanceof ExtensionRefusal) return refuse(response, made.errorType, made.message);
  const { functionName, version, handler, account } = session.lives.current.handover.options?.spec ?? {};
  const features = (header(request, "lambda-extension-accept-feature") ?? "").split(",").map((one) => one.trim());
  response.setHeader("Lambda-Extension-Identifier", made.id);
  answerJson(response, 200, {
    functionName,
    functionVersion: version,
    handler,
    ...(features.includes("accountId") ? { accountId: account } : {}),
  });
}

function eventsOf(body: Uint8Array | undefined): readonly string[] | undefined {
  try {
    const { events = [] } = JSON.parse(new TextDecoder().decode(body)) as { events?: unknown };
    return Array.isArray(events) && events.every((one) => typeof one === "string") ? events : undefined;
  } catch {
    return undefined;
  }
}

function withExtension(
  session: EnvironmentSession,
  request: IncomingMessage,
  response: ServerResponse,
  serve: (extension: Extension, session: EnvironmentSession, response: ServerResponse) => void,
): void {
  const id = header(request, "lambda-extension-identifier");
  const extension = id === undefined ? undefined : session.extensions.find(id);
  if (id === undefined) refuse(response, "Extension.MissingHeader", "Missing Lambda-Extension-Identifier header");
  else if (extension === undefined) refuse(response, "Extension.UnknownExtensionIdentifier", `Unknown extension ${id}`);
  else serve(extension, session, response);
}

function next(extension: Extension, session: EnvironmentSession, response: ServerResponse): void {
  const { socket } = response.req;
  const poll: ExtensionPoll = {
    deliver: (event) => {
      if (response.destroyed || socket.destroyed) return false;
      response.setHeader("Lambda-Extension-Event-Identifier", randomUUID());
      answerJson(response, 200, event);
      return true;
    },
    // Of a connection that this side closes after the answer, the end tells nothing.
    closed: new Promise((resolve) => {
      if (response.shouldKeepAlive) socket.once("close", () => resolve());
    }),
  };
  session.extensions.next(extension, poll);
}

function failed(
  session: EnvironmentSession,
  extension: Extension,
  announced: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (header(request, "lambda-extension-function-error-type") === undefined) {
    refuse(response, "Extension.MissingHeader", "Missing Lambda-Extension-Function-Error-Type header");
    return;
  }
  answerJson(response, 202, { status: "OK" });
  session.extensions.announce(extension, announced, () => session.extensionEnded(extension.name, {}));
}

function refuse(response: ServerResponse, errorType: string, message: string): void {
  answerError(response, 403, errorType, message);
}
