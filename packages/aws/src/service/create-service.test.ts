import { describe, expect, test } from "vitest";
import type { RequestContext } from "../context.ts";
import type { AwsHttpRequest } from "../http/http.ts";
import type { ServiceModel } from "../model/model.ts";
import { createService } from "./create-service.ts";

type Operations = {
  readonly Get: { readonly input: { readonly Name: string }; readonly output: { readonly Tag?: string | undefined } };
};

const model: ServiceModel = {
  service: { name: "s", title: "S", protocol: "restJson1", apiVersion: "1" },
  sources: {},
  operations: { Get: { method: "GET", uri: "/{Name}", status: 200, input: "In", output: "Out", errors: [] } },
  shapes: {
    In: { type: "structure", members: { Name: { shape: "Name", required: true, in: "label" } } },
    Out: { type: "structure", members: { Tag: { shape: "Name", in: "header", name: "X-Tag" } } },
    Name: { type: "string", max: 3 },
  },
};

const signal = new AbortController().signal;
const request: AwsHttpRequest = {
  method: "GET",
  target: "/long-name",
  headers: {},
  body: (async function* () {})(),
  signal,
};
const context: RequestContext = {
  account: "1",
  region: "r",
  accessKeyId: undefined,
  requestId: "id",
  endpoint: "http://x",
  signal,
};

describe("a service", () => {
  test("refuses a handler for an operation that the model does not have, and suggests one", () => {
    const handlers = { Gett: () => ({}) } as object;
    expect(() => createService<Operations>({ model, handlers })).toThrow("S has no operation Gett: did you mean Get?");
  });

  test("lists what it implements", () => {
    expect(createService<Operations>({ model, handlers: {} }).operations).toEqual([
      { name: "Get", implemented: false },
    ]);
  });

  test("does not judge inputs when validation is off", async () => {
    const handlers = { Get: ({ Name }: { readonly Name: string }) => ({ Tag: Name }) };
    const lax = createService<Operations>({ model, handlers, validate: false });
    expect(await lax.handle(request, context)).toMatchObject({ status: 200, headers: { "x-tag": "long-name" } });
    const strict = createService<Operations>({ model, handlers });
    expect(await strict.handle(request, context)).toMatchObject({
      status: 400,
      headers: { "x-amzn-errortype": "ValidationException" },
    });
  });

  test("answers 500 rather than send a header that splits the response", async () => {
    const service = createService<Operations>({
      model,
      handlers: { Get: () => ({ Tag: "a\r\nset-cookie: b" }) },
      validate: false,
    });
    const answer = await service.handle(request, context);
    expect(answer.status).toBe(500);
    expect(answer.headers).not.toHaveProperty("x-tag");
  });
});
