import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  CreateFunctionCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { createGateway, createNodeHandler } from "@fc/aws";
import { createMemoryRecordStore } from "@fc/core";
import { createLambda, type Lambda, type LambdaOptions } from "@fc/lambda";
import { createMemoryBlobStore, type MemoryFunction, memoryBackend } from "@fc/lambda/testing";
import type { AwsEmulator } from "@fc-repo/aws-emulator";
import { expect } from "vitest";
import { createAwsEventSources } from "../../src/index.ts";

/** The account that the emulator knows. */
export const account = "123456789012";

export interface Rig extends AsyncDisposable {
  readonly client: LambdaClient;
  readonly lambda: Lambda;
}

/** Lambda over HTTP, with functions that are callbacks and event sources at the emulator. */
export async function startRig(
  emulator: AwsEmulator,
  handlers: Readonly<Record<string, MemoryFunction>>,
  options: Partial<LambdaOptions> = {},
): Promise<Rig> {
  const settings = { endpoint: emulator.url };
  const lambda = createLambda({
    backend: memoryBackend({ handlers }),
    records: createMemoryRecordStore(),
    blobs: createMemoryBlobStore(),
    eventSources: createAwsEventSources(settings),
    ...options,
  });
  const gateway = createGateway({ services: [lambda.service], defaultAccount: account, defaultRegion: "us-east-1" });
  const handle = createNodeHandler((request) => gateway.handle(request));
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new LambdaClient({ ...emulator.clientConfig, endpoint, maxAttempts: 1 });
  await lambda.recover();
  return {
    client,
    lambda,
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      server.closeAllConnections();
      server.close();
      await lambda[Symbol.asyncDispose]();
    },
  };
}

/** A zip of one file. What is in it does not matter: functions are callbacks. */
const zip = Buffer.from(
  "UEsDBBQAAAAAAAAAIQBDvrfoAQAAAAEAAAABAAAAYWFQSwECFAMUAAAAAAAAACEAQ7636AEAAAABAAAAAQAAAAAAAAAAAAAAgAEAAAAAYVBLBQYAAAAAAQABAC8AAAAgAAAAAAA=",
  "base64",
);

export async function makeFunction({ client }: Rig, FunctionName: string, Timeout = 3): Promise<void> {
  await client.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: `arn:aws:iam::${account}:role/r`,
      Timeout,
      Code: { ZipFile: zip },
    }),
  );
  await waitUntilFunctionActiveV2({ client, minDelay: 1, maxWaitTime: 20 }, { FunctionName });
}

/** Makes a mapping and waits until it is enabled. */
export async function makeMapping({ client }: Rig, input: CreateEventSourceMappingCommandInput): Promise<string> {
  const { UUID = "" } = await client.send(new CreateEventSourceMappingCommand(input));
  await reaches({ client }, UUID, "Enabled");
  return UUID;
}

export async function reaches({ client }: Pick<Rig, "client">, UUID: string, state: string): Promise<void> {
  const look = async (): Promise<string | undefined> =>
    (await client.send(new GetEventSourceMappingCommand({ UUID }))).State;
  await expect.poll(look, { timeout: 20_000 }).toBe(state);
}
