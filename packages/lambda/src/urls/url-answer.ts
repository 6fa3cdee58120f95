import { FcError } from "@fc/core";

/** Status and headers of an answer, and where they came from its body. */
export interface UrlAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
}

/** A buffered answer. */
export interface WholeAnswer extends UrlAnswer {
  readonly body: Uint8Array;
}

/** These belong to the connection or are computed here. */
const ours = new Set(["connection", "content-length", "keep-alive", "transfer-encoding", "upgrade", "trailer"]);

/** What a function returned, as HTTP: an object with a statusCode is taken apart, any other JSON is the body. @throws FcError `FC_LAMBDA_URL_RESPONSE_INVALID` */
export function answerOf(payload: Uint8Array): WholeAnswer {
  const value = parsed(payload);
  if (!isObject(value) || value["statusCode"] === undefined)
    return { status: 200, headers: { "content-type": "application/json" }, cookies: [], body: payload };
  const { body, isBase64Encoded } = value;
  const text = body === undefined || body === null ? "" : typeof body === "string" ? body : JSON.stringify(body);
  return {
    ...headOf(value, "application/json"),
    body: Buffer.from(text, isBase64Encoded === true ? "base64" : "utf8"),
  };
}

/** The metadata that a function streamed ahead of its body: statusCode, headers, cookies. @throws FcError `FC_LAMBDA_URL_RESPONSE_INVALID` */
export function answerOfPrelude(prelude: Uint8Array): UrlAnswer {
  const value = parsed(prelude);
  if (!isObject(value)) throw invalid("the metadata of the stream is not a JSON object");
  return headOf({ statusCode: 200, ...value }, "application/octet-stream");
}

function headOf(value: Record<string, unknown>, defaultType: string): UrlAnswer {
  const status = Number(value["statusCode"]);
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw invalid(`statusCode is ${JSON.stringify(value["statusCode"])}, not an HTTP status of 200 to 599`);
  const headers: Record<string, string> = { "content-type": defaultType };
  for (const [name, text] of Object.entries(isObject(value["headers"]) ? value["headers"] : {})) {
    const key = name.toLowerCase();
    if (!ours.has(key)) headers[key] = headerText(name, text);
  }
  const cookies = value["cookies"] ?? [];
  if (!Array.isArray(cookies)) throw invalid("cookies is not a list");
  return { status, headers, cookies: cookies.map((one) => headerText("cookies", one)) };
}

function headerText(name: string, value: unknown): string {
  if (typeof value === "object") throw invalid(`the header ${name} is ${JSON.stringify(value)}, not a string`);
  const text = String(value);
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(text))
    throw invalid(`the header ${JSON.stringify(name)} holds characters that a header cannot carry`);
  return text;
}

function parsed(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch {
    throw invalid("it is not JSON");
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(what: string): FcError {
  return new FcError("FC_LAMBDA_URL_RESPONSE_INVALID", `The function's response is no HTTP response: ${what}`, {
    fault: "user",
  });
}
