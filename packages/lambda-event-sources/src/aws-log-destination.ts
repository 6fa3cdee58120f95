import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { LogDestination, LogEvent, LogLimits, LogStreamId } from "@fc/lambda/event-sources";
import { Clients } from "./clients.ts";
import { serviceFailure } from "./service-failure.ts";
import type { EventSourceSettings } from "./settings.ts";

type LogsSdk = typeof import("@aws-sdk/client-cloudwatch-logs");

interface Logs {
  readonly client: CloudWatchLogsClient;
  readonly sdk: LogsSdk;
}

/** Of PutLogEvents. */
const limits: LogLimits = {
  events: 10_000,
  bytes: 1_048_576,
  overheadBytes: 26,
  eventBytes: 262_144,
  spanMs: 24 * 60 * 60 * 1_000,
};
/** So many streams are remembered as made. */
const mostKnown = 10_000;

/**
 * CloudWatch Logs over the AWS SDK, at the endpoint for logs of the settings: groups and streams are made when they are written to first.
 * Without that endpoint every write is refused with an error that names the setting.
 */
export function createAwsLogDestination(settings: EventSourceSettings): LogDestination {
  const clients = new Clients(settings);
  const known = new Set<string>();
  return {
    specificationVersion: "v1",
    limits,
    put: async (stream, events, { signal }) => {
      try {
        await put(await logsFor(clients, stream), known, stream, events, signal);
      } catch (error) {
        throw serviceFailure(`writing to ${stream.group} ${stream.name}`, error, signal);
      }
    },
    [Symbol.asyncDispose]: () => clients.close(),
  };
}

async function logsFor(clients: Clients, { account, region, group }: LogStreamId): Promise<Logs> {
  const sdk = await import("@aws-sdk/client-cloudwatch-logs");
  const arn = `arn:aws:logs:${region}:${account}:log-group:${group}`;
  return { client: await clients.of("logs", arn, (config) => new sdk.CloudWatchLogsClient(config)), sdk };
}

async function put(
  logs: Logs,
  known: Set<string>,
  stream: LogStreamId,
  events: readonly LogEvent[],
  abortSignal: AbortSignal,
): Promise<void> {
  const { client, sdk } = logs;
  const { region, group: logGroupName, name: logStreamName } = stream;
  const key = JSON.stringify([region, logGroupName, logStreamName]);
  const logEvents = events.map(({ timeMs: timestamp, message }) => ({ timestamp, message }));
  const write = (): Promise<unknown> =>
    client.send(new sdk.PutLogEventsCommand({ logGroupName, logStreamName, logEvents }), { abortSignal });
  const wasKnown = known.has(key);
  if (!wasKnown) await make(logs, stream, abortSignal);
  try {
    await write();
  } catch (error) {
    // Deleted behind our back: it is made anew.
    if (!wasKnown || !(error instanceof sdk.ResourceNotFoundException)) throw error;
    await make(logs, stream, abortSignal);
    await write();
  }
  if (known.size >= mostKnown) known.clear();
  known.add(key);
}

/** Makes the stream, and its group when there is none. */
async function make(
  { client, sdk }: Logs,
  { group: logGroupName, name: logStreamName }: LogStreamId,
  abortSignal: AbortSignal,
): Promise<void> {
  const unlessThere = (error: unknown): void => {
    if (!(error instanceof sdk.ResourceAlreadyExistsException)) throw error;
  };
  const makeStream = (): Promise<unknown> =>
    client.send(new sdk.CreateLogStreamCommand({ logGroupName, logStreamName }), { abortSignal }).catch(unlessThere);
  try {
    await makeStream();
  } catch (error) {
    if (!(error instanceof sdk.ResourceNotFoundException)) throw error;
    await client.send(new sdk.CreateLogGroupCommand({ logGroupName }), { abortSignal }).catch(unlessThere);
    await makeStream();
  }
}
