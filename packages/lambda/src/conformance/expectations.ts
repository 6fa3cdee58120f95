import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { errorText } from "@fc/core";
import type { BackendError, BackendErrorCode, EnvironmentEnd, ExecutionEnvironment } from "../backend/index.ts";
import type { InvokeAnswer } from "./bench.ts";

/** What the promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  assert.fail("it was expected to fail, but did not");
}

/** The promise rejects with a BackendError of this code. */
export async function failsWith(promise: Promise<unknown>, code: BackendErrorCode): Promise<BackendError> {
  const error = await failureOf(promise);
  // By code: a backend may have a copy of the package of its own.
  assert.equal((error as Partial<BackendError>).code, code, `${code} was expected, not ${errorText(error)}`);
  return error as BackendError;
}

/** The launch fails for the function's own fault. */
export async function initFails(
  launch: Promise<unknown>,
  expected: { readonly errorType: string; readonly message: RegExp; readonly log?: string },
): Promise<void> {
  const { details, message } = await failsWith(launch, "FC_LAMBDA_INIT_FAILED");
  assert.equal(details["errorType"], expected.errorType, message);
  const payload = JSON.parse(String(details["payload"])) as Record<string, unknown>;
  assert.equal(payload["errorType"], expected.errorType, "errorType of details.payload");
  assert.match(String(payload["errorMessage"]), expected.message);
  if (expected.log !== undefined)
    assert.ok(String(details["log"]).includes(expected.log), `details.log lacks ${expected.log}: ${details["log"]}`);
}

/** The invocation ended as a function error. */
export function isFunctionError(answer: InvokeAnswer, errorType: string, message: string | RegExp): void {
  const { result, body } = answer;
  assert.equal(result.outcome, "unhandled", JSON.stringify(body));
  assert.equal(result.errorType, errorType, JSON.stringify(body));
  assert.equal(body["errorType"], errorType, "errorType of the payload");
  if (typeof message === "string") assert.equal(body["errorMessage"], message);
  else assert.match(String(body["errorMessage"]), message);
}

/** After a failure the environment has ended for this reason, or begins the next event with a new runtime. */
export async function hasEndedOrBeginsAnew(
  environment: ExecutionEnvironment,
  reason: EnvironmentEnd["reason"],
  next: Promise<InvokeAnswer>,
): Promise<void> {
  const answer = await next.catch((error: unknown) => error);
  if (answer instanceof Error) {
    await failsWith(Promise.reject(answer), "FC_LAMBDA_NOT_DELIVERED");
    assert.equal((await environment.ended).reason, reason);
  } else assert.equal((answer as InvokeAnswer).body["count"], 1, "the runtime goes on after its failure");
}

/** The environment's whole log, as soon as the text is in it, or what `isIn` looks for. */
export async function logWith(
  environment: ExecutionEnvironment,
  text: string,
  signal: AbortSignal,
  isIn: (log: string) => boolean = (log) => log.includes(text),
): Promise<string> {
  for (;;) {
    const log = (await environment.logs()) ?? "";
    if (isIn(log)) return log;
    await delay(20, undefined, { signal }).catch(() => assert.fail(`the whole log never has ${text}, but: ${log}`));
  }
}
