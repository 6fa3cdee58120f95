import type { AwsError } from "@fc/aws";
import { tooManyRequests } from "../aws-errors.ts";
import type { Home } from "../names/arn.ts";
import { keyOf, type LambdaRecords, prefixOf } from "../state/lambda-records.ts";

/** Executions that must stay unreserved in an account. */
export const minimumUnreserved = 100;

/** Counts running executions against reserved and account concurrency. */
export class ConcurrencyCounter {
  readonly #records: LambdaRecords;
  readonly #accountLimit: number;
  readonly #running = new Map<string, number>();

  constructor(records: LambdaRecords, accountLimit: number) {
    this.#records = records;
    this.#accountLimit = accountLimit;
  }

  get accountLimit(): number {
    return this.#accountLimit;
  }

  /**
   * Counts one execution until the returned function is called.
   * @throws AwsError `TooManyRequestsException` with the limit that was reached
   */
  enter(home: Home, functionName: string): () => void {
    const key = keyOf(home, functionName);
    const running = this.#running.get(key) ?? 0;
    const reserved = this.#records.functions.get(key)?.reservedConcurrency;
    const refusal = reserved === undefined ? this.#unreservedRefusal(home) : reservedRefusal(running, reserved);
    if (refusal !== undefined) throw refusal;
    this.#running.set(key, running + 1);
    let inside = true;
    return () => {
      if (!inside) return;
      inside = false;
      const left = (this.#running.get(key) ?? 1) - 1;
      if (left > 0) this.#running.set(key, left);
      else this.#running.delete(key);
    };
  }

  /** The account's limit less what functions have reserved, `except` not counted. */
  unreserved(home: Home, except?: string): number {
    const reserved = this.#records.functions
      .list(prefixOf(home))
      .filter(({ value }) => value.name !== except)
      .reduce((sum, { value }) => sum + (value.reservedConcurrency ?? 0), 0);
    return this.#accountLimit - reserved;
  }

  #unreservedRefusal(home: Home): AwsError | undefined {
    const prefix = prefixOf(home);
    let total = 0;
    for (const [key, count] of this.#running) {
      if (!key.startsWith(prefix)) continue;
      if (this.#records.functions.get(key)?.reservedConcurrency === undefined) total += count;
    }
    // Reading every reservation is only worth it once the total is near the least that can be unreserved.
    if (total < minimumUnreserved || total < this.unreserved(home)) return undefined;
    return tooManyRequests("ConcurrentInvocationLimitExceeded");
  }
}

function reservedRefusal(running: number, reserved: number): AwsError | undefined {
  return running < reserved ? undefined : tooManyRequests("ReservedFunctionConcurrentInvocationLimitExceeded");
}
