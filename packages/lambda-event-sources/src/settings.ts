import { httpUrl, keyValueMap, matching, type Parser, type SettingsTable } from "@fc/core";

/** The services that this package talks to, by the names that their ARNs have. */
const services = ["sqs", "sns", "kinesis", "dynamodb", "events", "s3"] as const;

/** Where the other services of AWS are. */
export interface EventSourceSettings {
  /** A URL, or `aws` for AWS itself; undefined: nowhere. */
  readonly endpoint?: string | undefined;
  /** The same for single services, which win: `sqs`, `sns`, `kinesis`, `dynamodb`, `events`, `s3`. */
  readonly endpoints?: Readonly<Record<string, string>> | undefined;
  /** Where CloudWatch Logs is, for the logs of functions: a URL, or `aws`; undefined: they are not shipped. */
  readonly logsEndpoint?: string | undefined;
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
}

function parser<T>(expected: string, parse: (text: string) => T): Parser<T> {
  const read = (text: string): T => {
    try {
      return parse(text);
    } catch {
      throw new Error(expected);
    }
  };
  return Object.assign(read, { expected });
}

const endpoint = parser("an http or https URL with a host, for example http://127.0.0.1:5000, or aws", (text) =>
  text.trim().toLowerCase() === "aws" ? "aws" : httpUrl(text),
);

const endpoints = parser(
  `service=URL pairs, separated by commas, for example sqs=http://127.0.0.1:9324; the services are ${services.join(", ")}`,
  (text) => {
    const entries = Object.entries(keyValueMap(text)).map(([service, url]): [string, string] => {
      if (!services.some((known) => known === service)) throw new Error(service);
      return [service, endpoint(url)];
    });
    return Object.fromEntries(entries);
  },
);

const key = matching(/^\S+$/, "an access key without blanks");

/** The `FAKECLOUD_EVENT_SOURCE_*` settings. The region is that of the ARN. */
export const eventSourceSettings: SettingsTable<EventSourceSettings> = {
  endpoint: {
    name: "FAKECLOUD_EVENT_SOURCE_ENDPOINT",
    flag: "event-source-endpoint",
    parse: endpoint,
    blank: "unset",
    doc: "Where SQS, Kinesis, DynamoDB Streams, SNS, EventBridge and S3 are, for event source mappings, destinations, dead-letter queues, code from S3, and snapshots of caches that are exported to S3 or seed a cache: the URL of an emulator, or `aws`. Without it they are refused.",
  },
  endpoints: {
    name: "FAKECLOUD_EVENT_SOURCE_ENDPOINTS",
    parse: endpoints,
    blank: "unset",
    doc: "The same for single services, where each has an emulator of its own: `sqs=http://127.0.0.1:9324,dynamodb=http://127.0.0.1:8000`. They win over the endpoint for all.",
  },
  logsEndpoint: {
    name: "FAKECLOUD_LAMBDA_LOGS_ENDPOINT",
    flag: "lambda-logs-endpoint",
    parse: endpoint,
    blank: "unset",
    doc: "Where CloudWatch Logs is: the URL of an emulator, or `aws`. The logs of functions are shipped there. Without it they are not shipped.",
  },
  accessKeyId: {
    name: "FAKECLOUD_EVENT_SOURCE_ACCESS_KEY_ID",
    parse: key,
    blank: "unset",
    doc: "Access key for those endpoints. Default: `test`; with `aws`, what the AWS SDK finds (environment, shared files, role).",
  },
  secretAccessKey: {
    name: "FAKECLOUD_EVENT_SOURCE_SECRET_ACCESS_KEY",
    parse: key,
    blank: "unset",
    secret: true,
    doc: "Secret of that access key. Default: `test`.",
  },
};
