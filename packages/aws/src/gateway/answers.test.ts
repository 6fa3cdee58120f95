import { ManualClock } from "@fc/core";
import { expect, test } from "vitest";
import type { AwsHttpRequest } from "../http/http.ts";
import type { ServiceModel } from "../model/model.ts";
import { createService } from "../service/create-service.ts";
import { createGateway, type GatewayAnswer } from "./create-gateway.ts";

type Operations = { readonly List: { readonly input: object; readonly output: object } };

const model: ServiceModel = {
  service: { name: "things", title: "Things", protocol: "restJson1", apiVersion: "1" },
  sources: {},
  operations: {
    List: { method: "GET", uri: "/2015-03-31/things", status: 200, input: "None", output: "None", errors: [] },
    Forget: { method: "DELETE", uri: "/2015-03-31/things", status: 200, input: "None", output: "None", errors: [] },
  },
  shapes: { None: { type: "structure", members: {} } },
};

function request(method: string, target: string): AwsHttpRequest {
  const none = (async function* (): AsyncGenerator<Uint8Array> {})();
  return { method, target, headers: {}, body: none, signal: new AbortController().signal };
}

test("every answer is told of with its operation and how long it took", async () => {
  const clock = new ManualClock();
  const answers: GatewayAnswer[] = [];
  const gateway = createGateway({
    services: [
      createService<Operations>({
        model,
        handlers: {
          List: async () => {
            await clock.advance(7);
            return {};
          },
        },
      }),
    ],
    defaultAccount: "000000000000",
    defaultRegion: "us-east-1",
    clock,
    onAnswer: (answer) => answers.push(answer),
  });
  await gateway.handle(request("GET", "/2015-03-31/things"));
  await gateway.handle(request("DELETE", "/2015-03-31/things"));
  await gateway.handle(request("GET", "/2015-03-31/nothing"));
  await gateway.handle(request("GET", "/nowhere"));
  expect(answers).toEqual([
    { service: "things", operation: "List", status: 200, durationMs: 7 },
    { service: "things", operation: "Forget", status: 501, durationMs: 0 },
    { service: "things", operation: undefined, status: 403, durationMs: 0 },
    { service: undefined, operation: undefined, status: 404, durationMs: 0 },
  ]);
});
