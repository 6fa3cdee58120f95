import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { createGateway, createNodeHandler } from "@fc/aws";
import { createMemoryRecordStore } from "@fc/core";
import { createLambda } from "@fc/lambda";
import { createMemoryBlobStore, memoryBackend } from "@fc/lambda/testing";
import { zip } from "@fc-example/counter/zip";
import { JobQueue, jobSources } from "./job-queue.ts";

const arn = "arn:aws:sqs:us-east-1:123456789012:jobs";

/** Works off jobs with a function, through an event source mapping; resolves with what the function saw, in order. */
export async function runJobs(jobs: readonly string[]): Promise<string[]> {
  const queue = new JobQueue();
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const seen: string[] = [];
  const worker = (event: unknown): void => {
    for (const { body } of (event as { Records: { body: string }[] }).Records) seen.push(body);
    if (seen.length >= jobs.length) resolve();
  };
  await using lambda = createLambda({
    backend: memoryBackend({ handlers: { worker } }),
    records: createMemoryRecordStore(),
    blobs: createMemoryBlobStore(),
    eventSources: jobSources(new Map([[arn, queue]])),
  });
  await lambda.recover();
  const gateway = createGateway({
    services: [lambda.service],
    defaultAccount: "123456789012",
    defaultRegion: "us-east-1",
  });
  const handle = createNodeHandler((request) => gateway.handle(request));
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const client = new LambdaClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  try {
    const ZipFile = await zip({ "index.js": { content: "", mode: 0o644 } });
    const Role = "arn:aws:iam::123456789012:role/any";
    const code = { Runtime: "nodejs22.x", Handler: "index.handler", Role, Code: { ZipFile } } as const;
    await client.send(new CreateFunctionCommand({ FunctionName: "worker", ...code }));
    await waitUntilFunctionActiveV2({ client, minDelay: 1, maxWaitTime: 30 }, { FunctionName: "worker" });
    await client.send(
      new CreateEventSourceMappingCommand({ FunctionName: "worker", EventSourceArn: arn, BatchSize: 1 }),
    );
    for (const job of jobs) queue.push(job);
    await done;
    return seen;
  } finally {
    client.destroy();
    server.close();
    server.closeAllConnections();
  }
}
