import { createHash } from "node:crypto";
import type { Clock } from "@fc/core";
import { signatureOf } from "../gateway/authenticate.ts";
import type { AwsHttpRequest } from "../http/http.ts";
import { SignatureVerifier } from "./verifier.ts";

export interface SignatureCheckOptions {
  /** The signing name that requests must be signed for: `lambda`. */
  readonly service: string;
  /** Access keys and their secrets. Absent: signatures are read, not verified. */
  readonly secrets?: Readonly<Record<string, string>> | undefined;
  readonly clock: Clock;
}

/** Checks requests that no gateway serves, such as those to function URLs. Gives the access key that signed, or undefined to refuse. */
export type SignatureCheck = (request: Omit<AwsHttpRequest, "body">, body: Uint8Array) => string | undefined;

/** Makes a {@link SignatureCheck}. An unsigned request, or one that is signed for another service, is refused with or without secrets. */
export function createSignatureCheck({ service, secrets, clock }: SignatureCheckOptions): SignatureCheck {
  const verifier = secrets === undefined ? undefined : new SignatureVerifier(secrets, clock);
  return (head, body) => {
    const request: AwsHttpRequest = { ...head, body: nothing() };
    const signature = signatureOf(request);
    if (signature === undefined || signature.service !== service) return undefined;
    if (verifier === undefined) return signature.accessKeyId;
    const digest = createHash("sha256").update(body).digest("hex");
    const problem = verifier.checkClaims(signature) ?? verifier.check(request, signature, digest);
    return problem === undefined ? signature.accessKeyId : undefined;
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
