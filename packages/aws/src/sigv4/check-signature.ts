import { createHash } from "node:crypto";
import type { Clock } from "@fc/core";
import { signatureOf } from "../gateway/authenticate.ts";
import type { AwsHttpRequest } from "../http/http.ts";
import type { Signature } from "./credential.ts";
import { SignatureVerifier, timeProblem } from "./verifier.ts";

export interface SignatureCheckOptions {
  /** The signing name that requests must be signed for: `lambda`. */
  readonly service: string;
  /** Access keys and their secrets. Absent: signatures are read, not verified. */
  readonly secrets?: Readonly<Record<string, string>> | undefined;
  /** Only presigned URLs are taken, only those that are valid for at most so many seconds, and only meanwhile: with or without secrets. */
  readonly presignedSeconds?: number;
  readonly clock: Clock;
}

/** Checks requests that no gateway serves, such as those to function URLs. Gives the access key that signed, or undefined to refuse. */
export type SignatureCheck = (request: Omit<AwsHttpRequest, "body">, body: Uint8Array) => string | undefined;

/** Makes a {@link SignatureCheck}. An unsigned request, or one that is signed for another service, is refused with or without secrets. */
export function createSignatureCheck(options: SignatureCheckOptions): SignatureCheck {
  const { service, secrets, presignedSeconds, clock } = options;
  const verifier = secrets === undefined ? undefined : new SignatureVerifier(secrets, clock);
  return (head, body) => {
    const request: AwsHttpRequest = { ...head, body: nothing() };
    const signature = signatureOf(request);
    if (signature === undefined || signature.service !== service) return undefined;
    if (presignedSeconds !== undefined && !isPresigned(signature, presignedSeconds, clock.now())) return undefined;
    if (verifier === undefined) return signature.accessKeyId;
    const digest = createHash("sha256").update(body).digest("hex");
    const problem = verifier.checkClaims(signature) ?? verifier.check(request, signature, digest);
    return problem === undefined ? signature.accessKeyId : undefined;
  };
}

function isPresigned(signature: Signature, longestSeconds: number, nowMs: number): boolean {
  const { expiresSeconds = 0 } = signature;
  return expiresSeconds > 0 && expiresSeconds <= longestSeconds && timeProblem(signature, nowMs) === undefined;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
