import assert from "node:assert/strict";
import { errorText, FcError } from "@fc/core";
import { KubernetesError } from "../errors/kubernetes-error.ts";
import { PodStartError } from "../errors/pod-start-error.ts";

/** What a caller must be told. */
interface ExpectedRefusal {
  readonly code: string;
  readonly httpStatus?: number;
  /** Kubernetes' own word. */
  readonly reason?: string;
  readonly message?: RegExp;
}

interface ExpectedStartFailure {
  /** Kubernetes' own word, or those that it may use. */
  readonly reason: string | readonly string[];
  readonly exitCode?: number;
  readonly message?: RegExp;
  /** One of the events must say so. */
  readonly event?: RegExp;
  readonly logTail?: string;
}

/** What the promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  assert.fail(`it was expected to fail, but gave ${JSON.stringify(value)?.slice(0, 200)}`);
}

/** The promise rejects with a KubernetesError that says this. */
export async function refused(promise: Promise<unknown>, expected: ExpectedRefusal): Promise<KubernetesError> {
  const error = await failureOf(promise);
  if (!KubernetesError.is(error)) throw unexpected("a KubernetesError", error);
  const { code, httpStatus, reason, message } = expected;
  assert.equal(error.code, code, errorText(error));
  if (httpStatus !== undefined) assert.equal(error.httpStatus, httpStatus, errorText(error));
  if (reason !== undefined) assert.equal(error.reason, reason, errorText(error));
  if (message !== undefined) assert.match(error.message, message);
  return error;
}

/** The promise rejects with a PodStartError that says this. */
export async function failsToStart(promise: Promise<unknown>, expected: ExpectedStartFailure): Promise<PodStartError> {
  const error = await failureOf(promise);
  if (!PodStartError.is(error)) throw unexpected("a PodStartError", error);
  const { reason, exitCode, message, event, logTail } = expected;
  const reasons = typeof reason === "string" ? [reason] : reason;
  assert.ok(reasons.includes(error.reason), `reason ${error.reason}, not ${reasons.join(" or ")}: ${error.message}`);
  if (exitCode !== undefined) assert.equal(error.exitCode, exitCode, error.message);
  if (message !== undefined) assert.match(error.message, message);
  if (event !== undefined)
    assert.ok(
      error.events.some((text) => event.test(text)),
      `no event says ${event}: ${error.message}`,
    );
  if (logTail !== undefined) assert.equal(error.logTail, logTail, error.message);
  return error;
}

/** The promise rejects because its time was up. */
export async function timesOut(promise: Promise<unknown>, message?: RegExp): Promise<void> {
  const error = await failureOf(promise);
  if (!FcError.isInstance(error, "FC_DEADLINE_EXCEEDED")) throw unexpected("FC_DEADLINE_EXCEEDED", error);
  if (message !== undefined) assert.match(error.message, message);
}

function unexpected(what: string, error: unknown): Error {
  return new Error(`${what} was expected, not ${errorText(error)}`, { cause: error });
}
