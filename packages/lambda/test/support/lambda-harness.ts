import { Readable } from "node:stream";
import { LambdaClient, type LambdaClientConfig } from "@aws-sdk/client-lambda";
import { type AwsHttpResponse, createGateway } from "@fc/aws";
import { createMemoryRecordStore, ManualClock, type RecordStore } from "@fc/core";
import { createLambda, type Lambda, type LambdaOptions } from "../../src/index.ts";
import {
  createMemoryBlobStore,
  type MemoryBackend,
  type MemoryBackendOptions,
  type MemoryBlobStore,
  type MemoryFunction,
  memoryBackend,
} from "../../src/testing/index.ts";

export const role = "arn:aws:iam::000000000000:role/r";

export interface Harness {
  /** An official client; its requests go straight to the gateway, without a socket. */
  readonly client: LambdaClient;
  readonly lambda: Lambda;
  readonly backend: MemoryBackend;
  readonly clock: ManualClock;
  readonly records: RecordStore;
  readonly blobs: MemoryBlobStore;
  /** Lets everything that is ready happen. */
  readonly settle: () => Promise<void>;
  readonly clientOf: (account: string, region?: string) => LambdaClient;
}

export interface HarnessOptions extends Partial<LambdaOptions> {
  readonly handlers?: Readonly<Record<string, MemoryFunction>>;
  readonly onLaunch?: MemoryBackendOptions["onLaunch"];
  readonly onTerminate?: MemoryBackendOptions["onTerminate"];
  readonly onPrepare?: MemoryBackendOptions["onPrepare"];
  readonly onPullImage?: MemoryBackendOptions["onPullImage"];
  readonly memoryBlobs?: MemoryBlobStore;
}

/** A whole Lambda in memory, with a clock that stands still. */
export function lambdaHarness(options: HarnessOptions = {}): Harness {
  const clock = (options.clock as ManualClock | undefined) ?? new ManualClock(Date.UTC(2026, 0, 1));
  const records = options.records ?? createMemoryRecordStore();
  const blobs = options.memoryBlobs ?? createMemoryBlobStore();
  const backend = memoryBackend({
    handlers: options.handlers ?? { f: (event) => event },
    clock,
    ...(options.onLaunch === undefined ? {} : { onLaunch: options.onLaunch }),
    ...(options.onTerminate === undefined ? {} : { onTerminate: options.onTerminate }),
    ...(options.onPrepare === undefined ? {} : { onPrepare: options.onPrepare }),
    ...(options.onPullImage === undefined ? {} : { onPullImage: options.onPullImage }),
  });
  const lambda = createLambda({ blobs, ...options, backend, records, clock });
  // The region is that of the signature, whatever the server's own is.
  const gatewayOf = (account: string): ReturnType<typeof createGateway> =>
    createGateway({ services: [lambda.service], defaultAccount: account, defaultRegion: "us-east-1" });
  const clientOf = (account: string, region = "us-east-1"): LambdaClient =>
    new LambdaClient({
      region,
      endpoint: "http://lambda.test:4566",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
      requestHandler: directTo(gatewayOf(account)),
    });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await clock.advance(0);
  };
  return { client: clientOf("000000000000"), lambda, backend, clock, records, blobs, settle, clientOf };
}

interface SdkRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string | string[]>;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array;
}

function directTo(gateway: ReturnType<typeof createGateway>): NonNullable<LambdaClientConfig["requestHandler"]> {
  return {
    handle: async (request: SdkRequest, options?: { readonly abortSignal?: unknown }) => {
      const query = Object.entries(request.query)
        .flatMap(([key, value]) => [value].flat().map((one) => `${encodeURIComponent(key)}=${encodeURIComponent(one)}`))
        .join("&");
      const body = request.body === undefined ? [] : [Buffer.from(request.body as string)];
      const answer = await gateway.handle({
        method: request.method,
        target: query === "" ? request.path : `${request.path}?${query}`,
        headers: Object.fromEntries(Object.entries(request.headers).map(([key, value]) => [key.toLowerCase(), value])),
        body: Readable.from(body),
        signal: (options?.abortSignal as AbortSignal | undefined) ?? new AbortController().signal,
      });
      return {
        response: { statusCode: answer.status, headers: { ...answer.headers }, body: streamOf(answer) } as never,
      };
    },
    destroy: () => undefined,
    metadata: { handlerProtocol: "http/1.1" },
  } as unknown as NonNullable<LambdaClientConfig["requestHandler"]>;
}

function streamOf(answer: AwsHttpResponse): Readable {
  if (answer.body === undefined) return Readable.from([]);
  return answer.body instanceof Uint8Array ? Readable.from([Buffer.from(answer.body)]) : Readable.from(answer.body);
}
