import type { UrlRecord } from "../state/url-record.ts";

/** An HTTP request to a function URL, read whole. */
export interface UrlRequest {
  readonly method: string;
  /** Path and query, as received, without the prefix of the path form. */
  readonly target: string;
  readonly httpVersion: string;
  /** Lower-case names; values of repeated headers joined with ",". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly sourceIp: string;
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Who signed; absent when the URL needs no signature. */
  readonly accessKeyId?: string | undefined;
}

const textual = /^(text\/|application\/(json|javascript|xml)\b|application\/[^;]+\+(json|xml)\b)/i;

/** The event of a function behind a URL: payload format 2.0 (developer guide, "Invoking Lambda function URLs"). */
export function urlEvent(record: UrlRecord, request: UrlRequest): Record<string, unknown> {
  const { target, headers, body } = request;
  const mark = target.indexOf("?");
  const rawPath = mark === -1 ? target : target.slice(0, mark);
  const rawQueryString = mark === -1 ? "" : target.slice(mark + 1);
  const { cookie, ...others } = headers;
  const text = textual.test(headers["content-type"] ?? "") && headers["content-encoding"] === undefined;
  const query = queryOf(rawQueryString);
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/;\s*/).filter((one) => one !== "") }),
    headers: others,
    ...(query === undefined ? {} : { queryStringParameters: query }),
    requestContext: requestContext(record, request, rawPath),
    ...(body.byteLength === 0 ? {} : { body: Buffer.from(body).toString(text ? "utf8" : "base64") }),
    isBase64Encoded: body.byteLength > 0 && !text,
  };
}

function requestContext(record: UrlRecord, request: UrlRequest, path: string): Record<string, unknown> {
  const { urlId, account } = record;
  const { headers, accessKeyId } = request;
  const userArn = `arn:aws:iam::${account}:root`;
  const iam = {
    accessKey: accessKeyId,
    accountId: account,
    callerId: account,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn,
    userId: account,
  };
  return {
    accountId: accessKeyId === undefined ? "anonymous" : account,
    apiId: urlId,
    ...(accessKeyId === undefined ? {} : { authorizer: { iam } }),
    domainName: `${urlId}.lambda-url.${record.region}.localhost`,
    domainPrefix: urlId,
    http: {
      method: request.method,
      path,
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: request.sourceIp,
      userAgent: headers["user-agent"] ?? "",
    },
    requestId: request.requestId,
    routeKey: "$default",
    stage: "$default",
    time: clfTime(request.receivedAt),
    timeEpoch: request.receivedAt,
  };
}

/** Decoded; repeated keys joined with ",". */
function queryOf(raw: string): Record<string, string> | undefined {
  const query = new Map<string, string>();
  for (const [key, value] of new URLSearchParams(raw)) {
    const before = query.get(key);
    query.set(key, before === undefined ? value : `${before},${value}`);
  }
  return query.size === 0 ? undefined : Object.fromEntries(query);
}

/** `12/Mar/2020:19:03:58 +0000` */
function clfTime(ms: number): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(ms).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
