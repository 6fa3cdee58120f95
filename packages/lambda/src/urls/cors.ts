import type { CorsRecord } from "../state/url-record.ts";

type Headers = Readonly<Record<string, string>>;

/** What a browser asks before the request itself: answered without the function. */
export function isPreflight(method: string, headers: Headers): boolean {
  return (
    method === "OPTIONS" && headers["origin"] !== undefined && headers["access-control-request-method"] !== undefined
  );
}

/** Headers for a preflight; none for an origin that is not allowed. */
export function preflightHeaders(cors: CorsRecord, request: Headers): Headers {
  const origin = originHeaders(cors, request["origin"]);
  if (origin === undefined) return {};
  const methods = listed(cors, cors.allowMethods, request["access-control-request-method"]);
  const allowed = listed(cors, cors.allowHeaders, request["access-control-request-headers"]);
  return {
    ...origin,
    ...(methods === undefined ? {} : { "access-control-allow-methods": methods }),
    ...(allowed === undefined ? {} : { "access-control-allow-headers": allowed }),
    ...(cors.maxAgeSeconds === undefined ? {} : { "access-control-max-age": String(cors.maxAgeSeconds) }),
  };
}

/** Headers for an answer; they win over what the function says. */
export function corsHeaders(cors: CorsRecord | undefined, request: Headers): Headers {
  const origin = cors === undefined ? undefined : originHeaders(cors, request["origin"]);
  if (origin === undefined) return {};
  const exposed = cors?.exposeHeaders ?? [];
  return { ...origin, ...(exposed.length === 0 ? {} : { "access-control-expose-headers": exposed.join(",") }) };
}

function originHeaders(cors: CorsRecord, origin: string | undefined): Headers | undefined {
  const { allowOrigins = [], allowCredentials = false } = cors;
  const any = allowOrigins.includes("*");
  if (origin === undefined || !(any || allowOrigins.includes(origin))) return undefined;
  // Browsers take no "*" where credentials are allowed.
  const star = any && !allowCredentials;
  return {
    "access-control-allow-origin": star ? "*" : origin,
    ...(star ? {} : { vary: "Origin" }),
    ...(allowCredentials ? { "access-control-allow-credentials": "true" } : {}),
  };
}

function listed(
  cors: CorsRecord,
  allowed: readonly string[] | undefined,
  asked: string | undefined,
): string | undefined {
  if (allowed === undefined || allowed.length === 0) return undefined;
  return allowed.includes("*") && cors.allowCredentials === true ? asked : allowed.join(",");
}
