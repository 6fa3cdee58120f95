import { createNodeHandler } from "@fc/aws";
import { deferred } from "@fc/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Handle } from "../src/http/handle.ts";
import { jsonAnswer } from "../src/http/json.ts";
import { type Listener, listen } from "../src/http/listener.ts";
import { handlerFromStart } from "../src/http/starting-routes.ts";

const composed = deferred<Handle>();
let listener: Listener;
beforeEach(async () => {
  const handler = handlerFromStart(composed.promise);
  listener = await listen({
    host: "127.0.0.1",
    port: 0,
    handle: createNodeHandler(async (request) => await handler(request)),
  });
});
afterEach(() => listener[Symbol.asyncDispose]());

test("while the server starts it lives and is not ready; whoever wants more waits for what is composed", async () => {
  const get = async (path: string): Promise<[number, Record<string, unknown>]> => {
    const answer = await fetch(`http://127.0.0.1:${listener.port}${path}`);
    return [answer.status, (await answer.json()) as Record<string, unknown>];
  };
  const waiting = get("/2015-03-31/functions");
  expect(await get("/_fakecloud/health")).toMatchObject([200, { status: "starting" }]);
  expect(await get("/_fakecloud/ready?verbose")).toMatchObject([503, { ready: false }]);
  composed.resolve((request) => jsonAnswer(200, { path: request.target }));
  expect(await waiting).toEqual([200, { path: "/2015-03-31/functions" }]);
  expect(await get("/_fakecloud/ready")).toEqual([200, { path: "/_fakecloud/ready" }]);
});
