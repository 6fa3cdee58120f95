import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { isJsonObject, type JsonObject, objectAt, textAt } from "../../store/kube-object.ts";

/** Whom a token speaks for. */
export interface TokenSubject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export const issuer = "https://kubernetes.default.svc.cluster.local";

/** Makes a JSON Web Token (RFC 7519, HS256) with the claims of a Kubernetes ServiceAccount token. */
export function signToken(
  secret: Buffer,
  subject: TokenSubject,
  audiences: readonly string[],
  lifetime: { readonly nowMs: number; readonly seconds: number },
): string {
  const { namespace, name, uid } = subject;
  const now = Math.floor(lifetime.nowMs / 1_000);
  const claims = {
    ...{ iss: issuer, sub: `system:serviceaccount:${namespace}:${name}`, aud: audiences, jti: randomUUID() },
    ...{ iat: now, nbf: now, exp: now + lifetime.seconds },
    "kubernetes.io": { namespace, serviceaccount: { name, uid } },
  };
  const signed = [{ alg: "HS256", typ: "JWT" }, claims].map((part) => encode(JSON.stringify(part))).join(".");
  return `${signed}.${signature(secret, signed)}`;
}

/** The subject of a token that this secret has signed and that is still good; undefined for any other text. */
export function verifyToken(secret: Buffer, token: string, nowMs: number): TokenSubject | undefined {
  const [header = "", payload = "", given = ""] = token.split(".");
  const wanted = Buffer.from(signature(secret, `${header}.${payload}`));
  const found = Buffer.from(given);
  if (wanted.length !== found.length || !timingSafeEqual(wanted, found)) return undefined;
  const claims = decode(payload);
  if (typeof claims["exp"] !== "number" || claims["exp"] * 1_000 <= nowMs) return undefined;
  const bound = objectAt(claims, "kubernetes.io");
  const account = objectAt(bound, "serviceaccount");
  return { namespace: textAt(bound, "namespace"), name: textAt(account, "name"), uid: textAt(account, "uid") };
}

function signature(secret: Buffer, signed: string): string {
  return createHmac("sha256", secret).update(signed).digest("base64url");
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64url");
}

function decode(payload: string): JsonObject {
  const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  return isJsonObject(claims) ? claims : {};
}
