import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { Clock } from "@fc/core";
import type { ObjectStore } from "../../store/object-store.ts";
import { StatusError } from "../../store/status-error.ts";
import { isAllowed } from "./authorizer.ts";
import { signToken, type TokenSubject, verifyToken } from "./service-account-token.ts";
import type { User } from "./user.ts";

const authenticated = "system:authenticated";

/** Knows who asks: the administrator, by token or client certificate, or a ServiceAccount by a token that was made here. */
export class Authenticator {
  /** The administrator's. */
  readonly token: string = randomBytes(32).toString("base64url");
  readonly #secret = randomBytes(32);
  readonly #store: ObjectStore;
  readonly #clock: Clock;

  constructor(store: ObjectStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @throws StatusError 401 for whoever is not known, 403 for who may not act as somebody else */
  userOf(request: IncomingMessage): User {
    const user = this.#askedBy(request);
    const impersonated = request.headers["impersonate-user"];
    return typeof impersonated === "string" ? this.#impersonate(user, impersonated, request) : user;
  }

  issueToken(subject: TokenSubject, audiences: readonly string[], seconds: number): string {
    return signToken(this.#secret, subject, audiences, { nowMs: this.#clock.now(), seconds });
  }

  /** The user that a token speaks for; undefined when it speaks for nobody (any more). */
  userOfToken(token: string): User | undefined {
    if (sameSecret(token, this.token)) return { name: "local-admin", groups: ["system:masters", authenticated] };
    const subject = verifyToken(this.#secret, token, this.#clock.now());
    if (subject === undefined) return undefined;
    const account = this.#store.peek("serviceaccounts", subject.namespace, subject.name);
    if (account?.metadata.uid !== subject.uid) return undefined;
    return {
      name: `system:serviceaccount:${subject.namespace}:${subject.name}`,
      groups: groupsOf(subject.namespace),
      uid: subject.uid,
    };
  }

  #askedBy(request: IncomingMessage): User {
    const [scheme = "", given = ""] = (request.headers.authorization ?? "").split(" ", 2);
    const byToken = scheme.toLowerCase() === "bearer" ? this.userOfToken(given) : undefined;
    if (byToken !== undefined) return byToken;
    if (scheme === "" && request.socket instanceof TLSSocket && request.socket.authorized) {
      const { subject } = request.socket.getPeerCertificate();
      return { name: String(subject.CN), groups: [...[subject.O].flat().map(String), authenticated] };
    }
    throw StatusError.unauthorized();
  }

  #impersonate(user: User, name: string, { headers }: IncomingMessage): User {
    const target = { verb: "impersonate", group: "", resource: "users", namespace: "", name };
    if (!isAllowed(this.#store, user, target)) {
      const why = `User ${JSON.stringify(user.name)} cannot impersonate resource "users" in API group "" at the cluster scope`;
      throw StatusError.forbidden({ plural: "users", group: "", kind: "User" }, name, why);
    }
    const given = [headers["impersonate-group"] ?? []].flat().flatMap((text) => text.split(/, */));
    const [, namespace] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(name) ?? [];
    const groups = given.length > 0 || namespace === undefined ? [...given, authenticated] : groupsOf(namespace);
    return { name, groups };
  }
}

function groupsOf(namespace: string): string[] {
  return ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, authenticated];
}

// Equal lengths are what timingSafeEqual asks for; hashes have them.
function sameSecret(given: string, wanted: string): boolean {
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(wanted));
}
