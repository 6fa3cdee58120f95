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
  #refused = 0;

  constructor(records: LambdaRecords, accountLimit: number) {
    this.#records = records;
    this.#accountLimit = accountLimit;
  }

  get accountLimit(): number {
    return this.#accountLimit;
  }

  /** How many executions were refused so far. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * Counts one execution until the returned function is called.
   * @throws AwsError `TooManyRequestsException` with the limit that was reached
   */
  enter(home: Home, functionName: string): () => void {
    const key = keyOf(home, functionName);
    const running = this.#running.get(key) ?? 0;
    const reserved = this.#records.functions.get(key)?.reservedConcurrency;
    const refusal = reserved === undefined ? this.#unreservedRefusal(home, key) : reservedRefusal(running, reserved);
    if (refusal !== undefined) {
      this.#refused += 1;
      throw refusal;
    }
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

  /** The account's limit less what functions have reserved. */
  unreserved(home: Home): number {
    const reserved = this.#records.functions
      .list(prefixOf(home))
      .reduce((sum, { value }) => sum + (value.reservedConcurrency ?? 0), 0);
    return this.#accountLimit - reserved;
  }

  /**
   * What nobody can claim yet: the account's limit less what functions have reserved, or else provisioned.
   * @param except a function that does not count
   */
  unclaimed(home: Home, except?: string): number {
    const reserved = this.#records.functions
      .list(prefixOf(home))
      .filter(({ value }) => value.name !== except && value.reservedConcurrency !== undefined)
      .reduce((sum, { value }) => sum + (value.reservedConcurrency ?? 0), 0);
    const provisioned = [...this.#provisioned(home)]
      .filter(([key]) => key !== (except === undefined ? undefined : keyOf(home, except)))
      .reduce((sum, [, count]) => sum + count, 0);
    return this.#accountLimit - reserved - provisioned;
  }

  /** Provisioned concurrency of the functions that have reserved none. */
  #provisioned(home: Home): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { value } of this.#records.provisioned.list(prefixOf(home))) {
      const key = keyOf(value, value.functionName);
      if (this.#records.functions.get(key)?.reservedConcurrency === undefined)
        counts.set(key, (counts.get(key) ?? 0) + value.count);
    }
    return counts;
  }

  /** What a function has provisioned is its own: only what it runs beyond that counts here. */
  #unreservedRefusal(home: Home, key: string): AwsError | undefined {
    const prefix = prefixOf(home);
    const running = [...this.#running].filter(
      ([name]) => name.startsWith(prefix) && this.#records.functions.get(name)?.reservedConcurrency === undefined,
    );
    // Reading every reservation is only worth it once the total is near the least that can be unreserved.
    if (running.reduce((sum, [, count]) => sum + count, 0) < minimumUnreserved) return undefined;
    const provisioned = this.#provisioned(home);
    if ((this.#running.get(key) ?? 0) < (provisioned.get(key) ?? 0)) return undefined;
    const beyond = running.reduce((sum, [name, count]) => sum + Math.max(0, count - (provisioned.get(name) ?? 0)), 0);
    return beyond < this.unclaimed(home) ? undefined : tooManyRequests("ConcurrentInvocationLimitExceeded");
  }
}

function reservedRefusal(running: number, reserved: number): AwsError | undefined {
  return running < reserved ? undefined : tooManyRequests("ReservedFunctionConcurrentInvocationLimitExceeded");
}
