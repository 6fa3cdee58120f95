import type { AwsHttpRequest } from "../http/http.ts";
import { decodePercent } from "../http/percent.ts";
import { parseTarget } from "../http/target.ts";

/** What a request says about who signed it; not yet believed. */
export interface Signature {
  readonly accessKeyId: string;
  /** yyyymmdd */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** Lower-case names, sorted as sent. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `X-Amz-Date` of header or query: yyyymmddThhmmssZ. */
  readonly timestamp: string;
  /** Presigned URLs: seconds of validity. Absent for signed headers. */
  readonly expiresSeconds?: number;
}

const algorithm = "AWS4-HMAC-SHA256";

/** Reads the SigV4 signature of an `Authorization` header or a presigned URL; undefined when there is none to read. */
export function parseSignature(request: AwsHttpRequest): Signature | undefined {
  const authorization = request.headers["authorization"];
  if (authorization?.startsWith(algorithm)) return fromHeader(authorization, request.headers);
  return request.target.includes("X-Amz-Signature=") ? fromQuery(request) : undefined;
}

function fromHeader(authorization: string, headers: AwsHttpRequest["headers"]): Signature | undefined {
  const fields = new Map<string, string>();
  for (const part of authorization.slice(algorithm.length).split(",")) {
    const equals = part.indexOf("=");
    if (equals !== -1) fields.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  const scope = parseScope(fields.get("Credential"));
  const timestamp = headers["x-amz-date"] ?? "";
  return scope === undefined
    ? undefined
    : { ...scope, ...rest(fields.get("SignedHeaders"), fields.get("Signature")), timestamp };
}

function fromQuery(request: AwsHttpRequest): Signature | undefined {
  const code = "InvalidSignatureException";
  const fields = new Map(parseTarget(request.target).query.map(([key, value]) => [key, decodePercent(value, code)]));
  const scope = parseScope(fields.get("X-Amz-Credential"));
  if (scope === undefined) return undefined;
  return {
    ...scope,
    ...rest(fields.get("X-Amz-SignedHeaders"), fields.get("X-Amz-Signature")),
    timestamp: fields.get("X-Amz-Date") ?? "",
    expiresSeconds: Number(fields.get("X-Amz-Expires") ?? 0),
  };
}

function rest(signedHeaders = "", signature = ""): Pick<Signature, "signedHeaders" | "signature"> {
  return { signedHeaders: signedHeaders.toLowerCase().split(";").filter(Boolean), signature };
}

/** `<key>/<yyyymmdd>/<region>/<service>/aws4_request`: the last four parts are fixed, a key may hold slashes. */
function parseScope(credential = ""): Pick<Signature, "accessKeyId" | "date" | "region" | "service"> | undefined {
  const parts = credential.split("/");
  const [date = "", region = "", service = "", terminator] = parts.slice(-4);
  const accessKeyId = parts.slice(0, -4).join("/");
  if (terminator !== "aws4_request" || accessKeyId === "") return undefined;
  return { accessKeyId, date, region, service };
}
