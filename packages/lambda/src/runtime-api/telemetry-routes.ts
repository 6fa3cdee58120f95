import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { parseSubscription, type SubscriptionApi } from "../telemetry/subscription.ts";
import type { SubscribeOutcome } from "../telemetry/telemetry.ts";
import type { EnvironmentSession } from "./environment-session.ts";
import type { GatePath } from "./gate-routes.ts";
import { answerError, answerJson, header, readBody } from "./http-answer.ts";

const pathForm = /^\/(?:2022-07-01\/(telemetry)|2020-08-15\/(logs))\/?$/;
const maxBodyBytes = 64 * 1024;
const names: Readonly<Record<SubscriptionApi, string>> = { telemetry: "Telemetry", logs: "Logs" };
/** AWS's Telemetry API names the error so; the guide of its Logs API otherwise. */
const invalid: Readonly<Record<SubscriptionApi, string>> = {
  telemetry: "ValidationError",
  logs: "Logs.ValidationError",
};

/** Which of the two APIs a path belongs to. */
export function telemetryApiOf(path: string): SubscriptionApi | undefined {
  return pathForm
    .exec(path)
    ?.slice(1)
    .find((one) => one !== undefined) as SubscriptionApi | undefined;
}

/** Serves `PUT /2022-07-01/telemetry` and `PUT /2020-08-15/logs`: an extension subscribes to what happens in its environment. */
export async function serveSubscription(
  session: EnvironmentSession,
  api: SubscriptionApi,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, maxBodyBytes);
  const id = header(request, "lambda-extension-identifier");
  const extension = id === undefined ? undefined : session.extensions.find(id);
  if (id === undefined)
    return answerError(response, 403, "Extension.MissingHeader", "Missing Lambda-Extension-Identifier header");
  if (extension === undefined)
    return answerError(response, 403, "Extension.UnknownExtensionIdentifier", `Unknown extension ${id}`);
  // With 202, as AWS's own emulator does: extensions go on without it. Nothing of ours is in such an environment that could deliver.
  if (!session.ending.isSupervised && !session.courier.attached)
    return answerError(response, 202, `${names[api]}.NotSupported`, `${names[api]} API is not supported`);
  const subscription = parseSubscription(api, body);
  if (typeof subscription === "string") return answerError(response, 400, invalid[api], subscription);
  answer(response, api, session.lives.present.telemetry.subscribe(extension.name, subscription));
}

function answer(response: ServerResponse, api: SubscriptionApi, outcome: SubscribeOutcome): void {
  const name = names[api];
  if (outcome === "closed")
    answerError(response, 403, `${name}.SubscriptionClosed`, `${name} API subscription is closed already`);
  else if (outcome === "other")
    answerError(response, 400, invalid[api], "The extension has subscribed to the other of Telemetry and Logs API");
  else answerJson(response, 200, "OK");
}

/** The courier dials the channel through which one subscriber's batches go: `GET /gate/<token>/telemetry/<number>`. */
export function serveTelemetry(session: EnvironmentSession, path: GatePath, socket: Duplex): void {
  socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: fc-telemetry\r\n\r\n");
  if (!session.lives.present.telemetry.attach(Number(path.details[0]), socket)) socket.destroy();
  void session.finished.then(() => socket.end(() => socket.destroy()));
}
