/**
 * Connects `@fc/lambda` with the services of AWS that functions exchange events with, at a configured endpoint, through the
 * AWS SDK.
 *
 * @packageDocumentation
 */
export { createAwsCodeObjects } from "./aws-code-objects.ts";
export { createAwsDestinations } from "./aws-destinations.ts";
export { createAwsEventSources } from "./aws-event-sources.ts";
export { createAwsLogDestination } from "./aws-log-destination.ts";
export { type ClientConfig as AwsClientConfig, Clients as AwsClients } from "./clients.ts";
export { type ReachedS3 as AwsReachedS3, s3For as awsS3For } from "./s3-client.ts";
export { type EventSourceSettings, eventSourceSettings } from "./settings.ts";
