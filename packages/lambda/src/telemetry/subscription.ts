import type { TelemetryCategory } from "./telemetry-event.ts";

/** `telemetry`: `PUT /2022-07-01/telemetry`. `logs`: the older `PUT /2020-08-15/logs`. */
export type SubscriptionApi = "telemetry" | "logs";

/** Where batches go, inside the environment. */
export type TelemetryDestination =
  | { readonly protocol: "HTTP"; readonly port: number; readonly path: string; readonly method: "POST" | "PUT" }
  | { readonly protocol: "TCP"; readonly port: number };

/** A batch goes out when one of them is reached. */
export interface TelemetryBuffering {
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** What an extension asked for, checked. */
export interface Subscription {
  readonly api: SubscriptionApi;
  readonly schemaVersion: string;
  readonly types: readonly TelemetryCategory[];
  readonly destination: TelemetryDestination;
  readonly buffering: TelemetryBuffering;
}

/** "Configuring memory usage and buffering" of the Lambda guide: default, minimum, maximum. */
const limits: Readonly<Record<keyof TelemetryBuffering, readonly [number, number, number]>> = {
  maxItems: [10_000, 1_000, 10_000],
  maxBytes: [262_144, 262_144, 1_048_576],
  timeoutMs: [1_000, 25, 30_000],
};
const categories: readonly unknown[] = ["platform", "function", "extension"];
const schemaVersions: Readonly<Record<SubscriptionApi, readonly unknown[]>> = {
  telemetry: ["2022-07-01", "2022-12-13", "2025-01-29"],
  logs: ["2020-08-15", "2021-03-18"],
};
/** Host, port and path. A path holds nothing that could end a line. */
const uriForm = /^http:\/\/([^/:?#\s]+)(?::(\d{1,5}))?(\/[\x21-\x7e]*)?$/i;
const hosts = ["sandbox.localdomain", "sandbox"];
/** The Runtime API's own on AWS. */
const reservedPort = 9_001;

type Json = Readonly<Record<string, unknown>>;

/** Gives the subscription, or all that is wrong with it in one text, as AWS does: `URI port is not provided; types should not be empty`. */
export function parseSubscription(api: SubscriptionApi, body: Uint8Array | undefined): Subscription | string {
  const request = objectOf(body);
  if (request === undefined) return "The body is not a JSON object";
  const problems: string[] = [];
  const { schemaVersion = api === "logs" ? "2020-08-15" : undefined, types } = request;
  if (!schemaVersions[api].includes(schemaVersion))
    problems.push(`schemaVersion should be one of ${schemaVersions[api].join(", ")}`);
  const destination = destinationOf(api, request["destination"], problems);
  if (!Array.isArray(types) || types.length === 0) problems.push("types should not be empty");
  else if (!types.every((type) => categories.includes(type)))
    problems.push(`types should be of ${categories.join(", ")}`);
  const buffering = bufferingOf(request["buffering"], problems);
  if (problems.length > 0 || destination === undefined) return problems.join("; ");
  return {
    api,
    schemaVersion: schemaVersion as string,
    types: [...new Set(types as TelemetryCategory[])],
    destination,
    buffering,
  };
}

function destinationOf(api: SubscriptionApi, value: unknown, problems: string[]): TelemetryDestination | undefined {
  const found = problems.length;
  if (!isObject(value)) {
    problems.push("destination is not provided");
    return undefined;
  }
  if (value["protocol"] === "TCP") {
    const port = value["port"];
    checkPort("port", port, problems);
    return problems.length > found ? undefined : { protocol: "TCP", port: port as number };
  }
  if (value["protocol"] !== "HTTP") problems.push("protocol should be HTTP or TCP");
  const { method = "POST" } = value;
  if (api === "logs" && method !== "POST" && method !== "PUT") problems.push("method should be POST or PUT");
  const [, host, port, path = "/"] = uriForm.exec(typeof value["URI"] === "string" ? value["URI"] : "") ?? [];
  if (host === undefined) problems.push("URI should be of the form http://sandbox.localdomain:PORT");
  else if (!hosts.includes(host.toLowerCase())) problems.push(`URI host should be ${hosts.join(" or ")}`);
  else if (port === undefined) problems.push("URI port is not provided");
  else checkPort("URI port", Number(port), problems);
  if (problems.length > found) return undefined;
  return { protocol: "HTTP", port: Number(port), path, method: method === "PUT" && api === "logs" ? "PUT" : "POST" };
}

function checkPort(name: string, port: unknown, problems: string[]): void {
  if (!isInteger(port) || port < 1 || port > 65_535) problems.push(`${name} should be between 1 and 65535`);
  else if (port === reservedPort) problems.push(`${name} ${reservedPort} is reserved`);
}

function bufferingOf(value: unknown, problems: string[]): TelemetryBuffering {
  const given = value === undefined || value === null ? {} : value;
  if (!isObject(given)) problems.push("buffering should be an object");
  const one = (name: keyof TelemetryBuffering): number => {
    const [standard, least, most] = limits[name];
    const number = (given as Json)[name] ?? standard;
    if (isInteger(number) && number >= least && number <= most) return number;
    problems.push(`${name} should be between ${least} and ${most}`);
    return standard;
  };
  return { maxItems: one("maxItems"), maxBytes: one("maxBytes"), timeoutMs: one("timeoutMs") };
}

function objectOf(body: Uint8Array | undefined): Json | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value);
}
