import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createAwsDestinations, createAwsEventSources } from "../src/index.ts";

const arn = "arn:aws:sqs:eu-west-1:123456789012:q";

/** An SQS whose queue URLs name a host of AWS, as some emulators' do. */
const answers: Readonly<Record<string, unknown>> = {
  GetQueueUrl: { QueueUrl: "https://sqs.eu-west-1.amazonaws.com/123456789012/q" },
  GetQueueAttributes: { Attributes: { VisibilityTimeout: "7" } },
  ReceiveMessage: {},
  SendMessage: { MessageId: "1" },
};

describe("the endpoint", () => {
  let server: Server;
  let endpoint: string;
  let requests: { readonly operation: string; readonly authorization: string }[];

  beforeEach(async () => {
    requests = [];
    server = createServer((request, response) => {
      const operation = String(request.headers["x-amz-target"]).replace("AmazonSQS.", "");
      requests.push({ operation, authorization: String(request.headers.authorization) });
      request.resume().on("end", () => {
        response.setHeader("content-type", "application/x-amz-json-1.0");
        response.end(JSON.stringify(answers[operation]));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const signal = new AbortController().signal;
  const operations = (): string[] => requests.map(({ operation }) => operation);

  test("gets every call, whatever host a queue's URL names: nothing reaches AWS by mistake", async () => {
    const settings = { endpoint };
    await using sources = createAwsEventSources(settings);
    const queue = await sources.openQueue(arn, { signal });
    expect(queue.visibilityTimeoutSeconds).toBe(7);
    expect(await queue.receive({ maximum: 1, waitMs: 0, signal })).toEqual([]);
    await using destinations = createAwsDestinations(settings);
    // The answer lacks the digest that AWS gives: that the SDK misses it shows that the call came here.
    await destinations.send(arn, { body: "hello" }, { signal, region: "eu-west-1" }).catch(() => undefined);
    expect(operations()).toEqual(["GetQueueUrl", "GetQueueAttributes", "ReceiveMessage", "GetQueueUrl", "SendMessage"]);
  });

  test("is called with the region of the ARN and the configured key", async () => {
    await using sources = createAwsEventSources({ endpoint, accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" });
    await sources.openQueue(arn, { signal });
    expect(requests[0]?.authorization).toContain("Credential=AKIAEXAMPLE/");
    expect(requests[0]?.authorization).toContain("/eu-west-1/sqs/aws4_request");
  });

  test("of a single service wins over the one for all", async () => {
    await using sources = createAwsEventSources({ endpoint: "http://127.0.0.1:1", endpoints: { sqs: endpoint } });
    await sources.openQueue(arn, { signal });
    expect(operations()).toEqual(["GetQueueUrl", "GetQueueAttributes"]);
  });

  test("that is not set is named when something needs it", async () => {
    const settings = { endpoint: undefined };
    await using sources = createAwsEventSources(settings);
    await using destinations = createAwsDestinations(settings);
    for (const call of [sources.openQueue(arn, { signal }), destinations.check(arn, { signal, region: "eu-west-1" })])
      await expect(call).rejects.toMatchObject({
        code: "FC_EVENT_SOURCE_NOT_CONFIGURED",
        message: expect.stringContaining("FAKECLOUD_EVENT_SOURCE_ENDPOINT"),
      });
  });

  test("that cannot be reached is told with what was tried", async () => {
    const url = endpoint;
    await new Promise((resolve) => server.close(resolve));
    await using sources = createAwsEventSources({ endpoint: url });
    await expect(sources.openQueue(arn, { signal })).rejects.toMatchObject({
      code: "FC_EVENT_SOURCE_FAILED",
      message: expect.stringMatching(/^opening the queue arn:aws:sqs:eu-west-1:123456789012:q: .*ECONNREFUSED/),
    });
  });

  test("gets messages back that a long poll takes when nobody waits for it any more", async () => {
    const MD5OfBody = createHash("md5").update("late").digest("hex");
    const body = { Messages: [{ MessageId: "m", ReceiptHandle: "handle", Body: "late", MD5OfBody }] };
    const polled = Promise.withResolvers<() => void>();
    const released = Promise.withResolvers<string>();
    server.removeAllListeners("request");
    server.on("request", (request, response) => {
      const operation = String(request.headers["x-amz-target"]).replace("AmazonSQS.", "");
      let text = "";
      request.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      request.on("end", () => {
        response.setHeader("content-type", "application/x-amz-json-1.0");
        if (operation === "ReceiveMessage") return polled.resolve(() => response.end(JSON.stringify(body)));
        if (operation === "ChangeMessageVisibilityBatch") released.resolve(text);
        response.end(JSON.stringify(answers[operation] ?? {}));
      });
    });
    await using sources = createAwsEventSources({ endpoint });
    const queue = await sources.openQueue(arn, { signal });
    const stop = new AbortController();
    const receiving = queue.receive({ maximum: 10, waitMs: 20_000, signal: stop.signal });
    const answer = await polled.promise;
    stop.abort(new Error("stopped"));
    await expect(receiving).rejects.toThrow("stopped");
    answer();
    expect(JSON.parse(await released.promise)).toMatchObject({
      Entries: [{ ReceiptHandle: "handle", VisibilityTimeout: 0 }],
    });
  });
});
