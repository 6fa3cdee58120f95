import { readSettings } from "@fc/core";
import { describe, expect, test } from "vitest";
import { type EventSourceSettings, eventSourceSettings } from "./settings.ts";

const read = (environment: Record<string, string>): EventSourceSettings =>
  readSettings(eventSourceSettings, { environment });

describe("the settings of event sources", () => {
  test("are all optional, and blank ones count as absent", () => {
    expect(read({})).toEqual({});
    expect(read({ FAKECLOUD_EVENT_SOURCE_ENDPOINT: "", FAKECLOUD_EVENT_SOURCE_ACCESS_KEY_ID: "" })).toEqual({});
  });

  test("take a URL, or aws in any case", () => {
    expect(read({ FAKECLOUD_EVENT_SOURCE_ENDPOINT: "http://moto:5000/" }).endpoint).toBe("http://moto:5000");
    expect(read({ FAKECLOUD_EVENT_SOURCE_ENDPOINT: "AWS" }).endpoint).toBe("aws");
  });

  test("take an endpoint for each service", () => {
    const of = (text: string): unknown => read({ FAKECLOUD_EVENT_SOURCE_ENDPOINTS: text }).endpoints;
    expect(of("sqs=http://elasticmq:9324, dynamodb=aws")).toEqual({ sqs: "http://elasticmq:9324", dynamodb: "aws" });
    expect(of("s3=http://minio:9000")).toEqual({ s3: "http://minio:9000" });
    for (const text of ["sts=http://sts:9000", "sqs=elasticmq"]) expect(() => of(text)).toThrow("service=URL pairs");
  });

  test("say what is expected, and never print the secret", () => {
    const environment = {
      FAKECLOUD_EVENT_SOURCE_ENDPOINT: "moto:5000",
      FAKECLOUD_EVENT_SOURCE_SECRET_ACCESS_KEY: "not a key",
    };
    const expected =
      /FAKECLOUD_EVENT_SOURCE_ENDPOINT=moto:5000 is not understood: expected an http or https URL.* or aws/;
    expect(() => read(environment)).toThrow(expected);
    expect(() => read(environment)).not.toThrow("not a key");
  });
});
