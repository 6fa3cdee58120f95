import { httpUrl, matching, type Parser, type SettingsTable } from "@fc/core";

/** Where the other services of AWS are. */
export interface EventSourceSettings {
  /** A URL, or `aws` for AWS itself; undefined: nowhere. */
  readonly endpoint?: string | undefined;
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
}

const endpointForm = "an http or https URL with a host, for example http://127.0.0.1:5000, or aws";
const endpoint: Parser<string> = Object.assign(
  (text: string): string => {
    if (text.trim().toLowerCase() === "aws") return "aws";
    try {
      return httpUrl(text);
    } catch {
      throw new Error(endpointForm);
    }
  },
  { expected: endpointForm },
);

const key = matching(/^\S+$/, "an access key without blanks");

/** The `FAKECLOUD_EVENT_SOURCE_*` settings. The region is that of the ARN. */
export const eventSourceSettings: SettingsTable<EventSourceSettings> = {
  endpoint: {
    name: "FAKECLOUD_EVENT_SOURCE_ENDPOINT",
    flag: "event-source-endpoint",
    parse: endpoint,
    blank: "unset",
    doc: "Where SQS, Kinesis, DynamoDB Streams, SNS and EventBridge are, for event source mappings, destinations and dead-letter queues: the URL of an emulator, or `aws`. Without it they are refused.",
  },
  accessKeyId: {
    name: "FAKECLOUD_EVENT_SOURCE_ACCESS_KEY_ID",
    parse: key,
    blank: "unset",
    doc: "Access key for that endpoint. Default: `test`; with `aws`, what the AWS SDK finds (environment, shared files, role).",
  },
  secretAccessKey: {
    name: "FAKECLOUD_EVENT_SOURCE_SECRET_ACCESS_KEY",
    parse: key,
    blank: "unset",
    secret: true,
    doc: "Secret of that access key. Default: `test`.",
  },
};
