import * as elastiCacheClient from "@aws-sdk/client-elasticache";
import * as lambdaClient from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AwsError, type ServiceModel } from "../src/index.ts";
import { elastiCacheModel, lambdaModel } from "./support/models.ts";
import { synthesize, type Variant, variants } from "./support/synthetic.ts";
import { type AnyHandlers, startEndpoint, type TestEndpoint } from "./support/test-endpoint.ts";

type Client = { send(command: unknown): Promise<Record<string, unknown>>; destroy(): void };
type Exports = Readonly<Record<string, new (input: unknown) => unknown>>;
type Call = { input?: unknown; output?: unknown; error?: AwsError };

/** Each with its reason; anything else that differs fails. */
const explained: Readonly<Record<string, string>> = {
  "lambda InvokeWithResponseStream output ResponseStreamContentType":
    "bound to Content-Type, which the event stream needs",
  "lambda output StatusCode": "the client fills it from the status line when the handler left it out",
  "lambda output Status": "the client fills it from the status line when the handler left it out",
  "lambda Invoke output Payload": "the client turns an absent payload into an empty one",
  "lambda StopDurableExecution input Error": "the client sends {} for an absent structure payload",
  "lambda SendDurableExecutionCallbackFailure input Error": "the client sends {} for an absent structure payload",
  "lambda UntagResource input TagKeys": "an empty list has no form in a query string",
  "lambda ListDurableExecutionsByFunction input Statuses": "an empty list has no form in a query string",
  "lambda CheckpointDurableExecution input ClientToken": "the client fills an idempotency token",
  "lambda InvokeWithResponseStream output EventStream": "an absent event stream is one without events",
  "lambda Invoke input Payload": "an empty body is an absent one",
  "lambda InvokeWithResponseStream input Payload": "an empty body is an absent one",
  "lambda SendDurableExecutionCallbackSuccess input Result": "an empty body is an absent one",
  "elasticache input {}": "a form cannot carry a structure without members",
};

const call: Call = {};
const handle: NonNullable<AnyHandlers[string]> = (input) => {
  call.input = input;
  if (call.error !== undefined) throw call.error;
  return call.output;
};
const handlersOf = (model: ServiceModel): AnyHandlers =>
  Object.fromEntries(Object.keys(model.operations).map((name) => [name, handle]));

let endpoint: TestEndpoint;
let clients: Readonly<Record<string, Client>>;
beforeAll(async () => {
  const handlers = { lambda: handlersOf(lambdaModel), elasticache: handlersOf(elastiCacheModel) };
  // Synthetic values break constraints on purpose: this suite is about the wire.
  endpoint = await startEndpoint({ ...handlers, validate: false });
  const options = {
    endpoint: endpoint.url,
    region: "eu-west-1",
    credentials: { accessKeyId: "123456789012", secretAccessKey: "secret" },
    maxAttempts: 1,
  };
  clients = {
    lambda: new lambdaClient.LambdaClient(options) as unknown as Client,
    elasticache: new elastiCacheClient.ElastiCacheClient(options) as unknown as Client,
  };
});
afterAll(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await endpoint[Symbol.asyncDispose]();
});

const services = [
  { service: "lambda", model: lambdaModel, exports: lambdaClient as unknown as Exports },
  { service: "elasticache", model: elastiCacheModel, exports: elastiCacheClient as unknown as Exports },
];

async function exchange(
  service: string,
  model: ServiceModel,
  exports: Exports,
  name: string,
  variant: Variant,
): Promise<void> {
  const operation = model.operations[name]!;
  const input = operation.input === undefined ? {} : synthesize(model, operation.input, variant);
  call.error = undefined as never;
  call.output = operation.output === undefined ? undefined : synthesize(model, operation.output, variant);
  call.input = undefined;
  const answer = await clients[service]!.send(new exports[`${name}Command`]!(input));
  const { $metadata, ...output } = answer;
  const expected = operation.output === undefined ? {} : synthesize(model, operation.output, variant);
  const status = statusOf(model, operation.output, expected) ?? operation.status;
  expect($metadata, name).toMatchObject({ httpStatusCode: status });
  await expectSame(service, name, "input", call.input, input);
  await expectSame(service, name, "output", output, expected);
}

/** The status that the output itself names, as what became of an invocation does. */
function statusOf(model: ServiceModel, name: string | undefined, output: Record<string, unknown>): unknown {
  const shape = name === undefined ? undefined : model.shapes[name];
  const members = shape?.type === "structure" ? Object.entries(shape.members) : [];
  const [member = ""] = members.find(([, { in: place }]) => place === "statusCode") ?? [];
  return output[member];
}

/** Streams as lists of events, blobs of any class as hex. */
async function plain(value: unknown): Promise<unknown> {
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  if (Symbol.asyncIterator in value) {
    const events: unknown[] = [];
    for await (const event of value as AsyncIterable<unknown>) events.push(await plain(event));
    return events;
  }
  const entries = Object.entries(value).map(async ([key, item]) => [key, await plain(item)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function expectSame(
  service: string,
  name: string,
  side: string,
  actualValue: unknown,
  expectedValue: unknown,
): Promise<void> {
  const actual = (await plain(actualValue)) as Record<string, unknown>;
  const expected = (await plain(expectedValue)) as Record<string, unknown>;
  const plainActual: Record<string, unknown> = {};
  const plainExpected: Record<string, unknown> = {};
  for (const member of new Set([...Object.keys(actual), ...Object.keys(expected)])) {
    // An explanation holds for what is empty or filled in, never for values that differ.
    const oneSided = isBlank(actual[member]) || isBlank(expected[member]);
    const same = JSON.stringify(actual[member]) === JSON.stringify(expected[member]);
    const reasons = [`${service} ${name} ${side} ${member}`, `${service} ${side} ${member}`];
    if (
      same ||
      (!oneSided && member !== "ResponseStreamContentType") ||
      !reasons.some((reason) => reason in explained)
    ) {
      plainActual[member] = actual[member];
      plainExpected[member] = expected[member];
    }
  }
  expect(plainActual, `${name} ${side}`).toEqual(
    service === "elasticache" && side === "input" ? withoutEmpty(plainExpected) : plainExpected,
  );
}

const isBlank = (value: unknown): boolean =>
  value === undefined || value === "bytes " || JSON.stringify(value) === "[]" || JSON.stringify(value) === "{}";

/** Drops list items and members that are structures without members: explained["elasticache input {}"]. */
function withoutEmpty(value: Record<string, unknown>): Record<string, unknown> {
  const isEmpty = (item: unknown): boolean =>
    typeof item === "object" &&
    item !== null &&
    !(item instanceof Date) &&
    !Array.isArray(item) &&
    Object.keys(item).length === 0;
  const entries = Object.entries(value).filter(
    ([, item]) => !isEmpty(item) && !(Array.isArray(item) && item.length > 0 && item.every(isEmpty)),
  );
  return Object.fromEntries(entries);
}

describe.each(services)("the official SDK client of $service", ({ service, model, exports }) => {
  describe.each(variants)("with %s values", (variant) => {
    test.each(Object.keys(model.operations))("%s arrives as sent and returns as given", async (name) => {
      await exchange(service, model, exports, name, variant);
    });
  });

  const errors = Object.entries(model.shapes).filter(
    ([, shape]) => shape.type === "structure" && shape.error !== undefined,
  );
  test.each(errors)("gets %s as its class with code, status and members", async (name, shape) => {
    const traits = shape.type === "structure" ? shape.error! : undefined;
    const members = Object.fromEntries(
      Object.entries(synthesize(model, name, "full")).filter(([member]) => member.toLowerCase() !== "message"),
    );
    call.error = new AwsError(name, "what <went> wrong & why", { members });
    const operation = service === "lambda" ? "ListFunctions" : "DescribeCacheClusters";
    const thrown = await clients[service]!.send(new exports[`${operation}Command`]!({})).catch(
      (error: unknown) => error,
    );
    expect(thrown).toBeInstanceOf(exports[name]);
    expect(thrown).toMatchObject({ name, $fault: traits!.fault, message: "what <went> wrong & why" });
    expect(thrown).toHaveProperty("$metadata.httpStatusCode", traits!.status);
    expect(thrown).toHaveProperty("$metadata.requestId", expect.stringMatching(/^[0-9a-f-]{36}$/));
    if (service === "lambda") expect(thrown).toMatchObject(members);
  });
});
