import type { IncomingMessage } from "node:http";
import { StatusError } from "../../store/status-error.ts";

/** A web page that rebinds its own name to 127.0.0.1 must not reach this server: only its loopback names are answered. */
export function checkHost(request: IncomingMessage): void {
  const name = (request.headers.host ?? "").replace(/:\d+$/, "");
  const ours = ["127.0.0.1", "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"];
  if (!ours.includes(name))
    throw new StatusError(
      421,
      "MisdirectedRequest",
      `this server does not answer for the host ${JSON.stringify(name)}`,
    );
}
