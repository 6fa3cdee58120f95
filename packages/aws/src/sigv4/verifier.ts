import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "@fc/core";
import type { AwsHttpRequest } from "../http/http.ts";
import { decodePercent, encodePercent } from "../http/percent.ts";
import { parseTarget } from "../http/target.ts";
import type { Signature } from "./credential.ts";

const maxSkewMs = 15 * 60_000;
const maxCachedKeys = 1000;
const emptyHash = createHash("sha256").update("").digest("hex");

/** Why a signature is refused, and the text for the client. */
export interface SignatureProblem {
  readonly kind: "unknown-key" | "mismatch";
  readonly message: string;
}

/** Verifies AWS Signature Version 4 with known secrets. Signing keys are cached per key, day, region and service. */
export class SignatureVerifier {
  readonly #secrets: ReadonlyMap<string, string>;
  readonly #clock: Clock;
  readonly #keys = new Map<string, Buffer>();

  constructor(secrets: Readonly<Record<string, string>>, clock: Clock) {
    this.#secrets = new Map(Object.entries(secrets));
    this.#clock = clock;
  }

  /** What can be judged before the body: the key and the time. */
  checkClaims(signature: Signature): SignatureProblem | undefined {
    if (!this.#secrets.has(signature.accessKeyId)) {
      return { kind: "unknown-key", message: "The security token included in the request is invalid." };
    }
    return timeProblem(signature, this.#clock.now());
  }

  /** Judges the signature, given the SHA-256 of the body as hex. */
  check(request: AwsHttpRequest, signature: Signature, bodyHash: string): SignatureProblem | undefined {
    const claimed = request.headers["x-amz-content-sha256"];
    if (claimed !== undefined && /^[0-9a-f]{64}$/.test(claimed) && claimed !== bodyHash) {
      return {
        kind: "mismatch",
        message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
      };
    }
    if (!signature.signedHeaders.includes("host")) {
      return { kind: "mismatch", message: "The 'Host' header must be a signed header." };
    }
    const presigned = signature.expiresSeconds !== undefined;
    const payloadHash = claimed ?? (presigned ? emptyHash : bodyHash);
    if (presigned && claimed === undefined && bodyHash !== emptyHash) {
      return { kind: "mismatch", message: "The body of a presigned request is not covered by its signature." };
    }
    const expected = this.#sign(request, signature, payloadHash);
    const given = Buffer.from(signature.signature);
    const matches = given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
    return matches ? undefined : { kind: "mismatch", message: mismatchText };
  }

  #sign(request: AwsHttpRequest, signature: Signature, payloadHash: string): Buffer {
    const scope = `${signature.date}/${signature.region}/${signature.service}/aws4_request`;
    const canonical = createHash("sha256")
      .update(canonicalRequest(request, signature, payloadHash))
      .digest("hex");
    const toSign = `AWS4-HMAC-SHA256\n${signature.timestamp}\n${scope}\n${canonical}`;
    return Buffer.from(hmac(this.#signingKey(signature), toSign).toString("hex"));
  }

  #signingKey({ accessKeyId, date, region, service }: Signature): Buffer {
    const id = [accessKeyId, date, region, service].join("/");
    const cached = this.#keys.get(id);
    if (cached !== undefined) return cached;
    let key: Buffer = Buffer.from(`AWS4${this.#secrets.get(accessKeyId) ?? ""}`);
    for (const part of [date, region, service, "aws4_request"]) key = hmac(key, part);
    if (this.#keys.size >= maxCachedKeys) this.#keys.clear();
    this.#keys.set(id, key);
    return key;
  }
}

/** Whether a signature is of another time than `now`. */
export function timeProblem(signature: Signature, now: number): SignatureProblem | undefined {
  const signedAt = timestampMs(signature.timestamp);
  if (signedAt === undefined || !signature.timestamp.startsWith(signature.date)) {
    return {
      kind: "mismatch",
      message: "The date of the signature is missing or is not that of its credential scope.",
    };
  }
  const lifeMs = signature.expiresSeconds === undefined ? maxSkewMs : signature.expiresSeconds * 1000;
  if (now > signedAt + lifeMs || now < signedAt - maxSkewMs) {
    return {
      kind: "mismatch",
      message: `Signature expired or not yet valid: ${signature.timestamp} against ${new Date(now).toISOString()}`,
    };
  }
  return undefined;
}

const mismatchText =
  "The request signature we calculated does not match the signature you provided. " +
  "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

const hmac = (key: Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

function timestampMs(timestamp: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp);
  if (match === null) return undefined;
  const ms = Date.parse(`${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

function canonicalRequest(request: AwsHttpRequest, signature: Signature, payloadHash: string): string {
  const { path, query } = parseTarget(request.target);
  // The path on the wire is escaped once; every service but S3 signs it escaped twice.
  const canonicalPath = path.split("/").map(encodePercent).join("/");
  const decode = (text: string): string => encodePercent(decodePercent(text, "InvalidSignatureException"));
  const pairs = query
    .map(([key, value]) => [decode(key), decode(value)] as const)
    .filter(([key]) => key !== "X-Amz-Signature")
    .map(([key, value]) => `${key}=${value}`);
  // By code unit, as the keys are ASCII by now; "=" sorts wrongly against "-" and ".", so key and value are compared apart.
  pairs.sort((a, b) => comparePairs(a, b));
  const headers = signature.signedHeaders.map(
    (name) => `${name}:${(request.headers[name] ?? "").trim().replace(/\s+/g, " ")}\n`,
  );
  const signedHeaders = signature.signedHeaders.join(";");
  return [request.method, canonicalPath, pairs.join("&"), headers.join(""), signedHeaders, payloadHash].join("\n");
}

function comparePairs(a: string, b: string): number {
  const [keyA = "", keyB = ""] = [a.slice(0, a.indexOf("=")), b.slice(0, b.indexOf("="))];
  if (keyA !== keyB) return keyA < keyB ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
