import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { StatusError } from "../../store/status-error.ts";
import type { User } from "./api-request.ts";

/**
 * Who asks: by bearer token, or by a client certificate of our authority (common name = user, organisations = groups).
 *
 * @throws StatusError 401 for anyone else.
 */
export function authenticate(request: IncomingMessage, token: string): User {
  const [scheme = "", given = ""] = (request.headers.authorization ?? "").split(" ", 2);
  if (scheme.toLowerCase() === "bearer" && sameSecret(given, token))
    return { name: "local-admin", groups: ["system:masters"] };
  if (scheme === "" && request.socket instanceof TLSSocket && request.socket.authorized) {
    const { subject } = request.socket.getPeerCertificate();
    return { name: String(subject.CN), groups: [subject.O].flat().map(String) };
  }
  throw StatusError.unauthorized();
}

// Equal lengths are what timingSafeEqual asks for; hashes have them.
function sameSecret(given: string, wanted: string): boolean {
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(wanted));
}

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
