import assert from "node:assert/strict";
import { errorText } from "@fc/core";
import type { CacheBackendErrorCode } from "../backend/backend-error.ts";

/** What the promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  assert.fail("it was expected to fail, but did not");
}

/** The promise rejects with a CacheBackendError of this code. */
export async function failsWith(promise: Promise<unknown>, code: CacheBackendErrorCode): Promise<void> {
  const error = await failureOf(promise);
  // By code: a backend may have a copy of the package of its own.
  assert.equal((error as { code?: string }).code, code, `${code} was expected, not ${errorText(error)}`);
}
