import { GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Clients } from "./clients.ts";

const arn = "arn:aws:sqs:eu-west-1:123456789012:q";

/** The host that a client's requests go to. */
async function hostOf(clients: Clients): Promise<string> {
  let host = "";
  const requestHandler = {
    handle: (request: { readonly hostname: string }) => {
      host = request.hostname;
      return Promise.reject(new Error("seen"));
    },
  };
  const client = await clients.of(
    "sqs",
    arn,
    (config) => new SQSClient({ ...config, maxAttempts: 1, requestHandler: requestHandler as never }),
  );
  await client.send(new GetQueueUrlCommand({ QueueName: "q" })).catch(() => undefined);
  return host;
}

describe("a client", () => {
  const before = process.env["AWS_ENDPOINT_URL"];
  beforeEach(() => {
    process.env["AWS_ENDPOINT_URL"] = "http://this-server:4566";
  });
  afterEach(() => {
    if (before === undefined) delete process.env["AWS_ENDPOINT_URL"];
    else process.env["AWS_ENDPOINT_URL"] = before;
  });

  test("for AWS goes to AWS, though the environment names another endpoint, usually this very server", async () => {
    const clients = new Clients({ endpoint: "aws", accessKeyId: "key", secretAccessKey: "secret" });
    expect(await hostOf(clients)).toBe("sqs.eu-west-1.amazonaws.com");
  });

  test("for an emulator goes there", async () => {
    expect(await hostOf(new Clients({ endpoint: "http://emulator:5000" }))).toBe("emulator");
  });

  test("is made once per service and region", async () => {
    const clients = new Clients({ endpoint: "http://emulator:5000" });
    let made = 0;
    const make = (): { destroy: () => void } => {
      made += 1;
      return { destroy: () => undefined };
    };
    await Promise.all([clients.of("sqs", arn, make), clients.of("sqs", arn, make)]);
    await clients.of("sqs", arn.replace("eu-west-1", "us-east-1"), make);
    await clients.of("sns", arn, make);
    expect(made).toBe(3);
  });
});
