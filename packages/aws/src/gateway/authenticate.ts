import { createHash } from "node:crypto";
import { AwsError } from "../errors/aws-error.ts";
import type { AwsHttpRequest } from "../http/http.ts";
import type { Protocol } from "../model/model.ts";
import { parseSignature, type Signature } from "../sigv4/credential.ts";
import type { SignatureProblem, SignatureVerifier } from "../sigv4/verifier.ts";

type ProblemKind = SignatureProblem["kind"] | "missing";

const codes: Readonly<Record<Protocol, Readonly<Record<ProblemKind, string>>>> = {
  restJson1: {
    missing: "MissingAuthenticationTokenException",
    "unknown-key": "UnrecognizedClientException",
    mismatch: "InvalidSignatureException",
  },
  awsQuery: {
    missing: "MissingAuthenticationToken",
    "unknown-key": "InvalidClientTokenId",
    mismatch: "SignatureDoesNotMatch",
  },
};

/** The signature of a request, or undefined for one that cannot be read: it counts as unsigned. */
export function signatureOf(request: AwsHttpRequest): Signature | undefined {
  try {
    return parseSignature(request);
  } catch (error) {
    if (AwsError.isInstance(error)) return undefined;
    throw error;
  }
}

/**
 * The same request, whose body throws instead of ending when the signature is wrong. So the service that reads it
 * answers in its own protocol, and nothing is buffered to be hashed.
 */
export function authenticated(
  request: AwsHttpRequest,
  protocol: Protocol,
  verifier: SignatureVerifier,
): AwsHttpRequest {
  const signature = signatureOf(request);
  const refuse = (kind: ProblemKind, message: string): AwsError =>
    new AwsError(codes[protocol][kind], message, { httpStatus: 403 });
  async function* verifiedBody(): AsyncGenerator<Uint8Array> {
    if (signature === undefined) throw refuse("missing", "The request must be signed with AWS Signature Version 4.");
    const claims = verifier.checkClaims(signature);
    if (claims !== undefined) throw refuse(claims.kind, claims.message);
    const hash = createHash("sha256");
    for await (const chunk of request.body) {
      hash.update(chunk);
      yield chunk;
    }
    const problem = verifier.check(request, signature, hash.digest("hex"));
    if (problem !== undefined) throw refuse(problem.kind, problem.message);
  }
  return { ...request, body: verifiedBody() };
}
