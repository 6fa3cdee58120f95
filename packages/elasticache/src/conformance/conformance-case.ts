import type { Ability } from "./abilities.ts";
import type { Bench } from "./bench.ts";

/** One promise of the contract, to be kept by every backend. */
export interface ConformanceCase {
  /** What it is about: `start`, `groups`… */
  readonly group: string;
  /** A sentence: what is promised. Unique within the group. */
  readonly name: string;
  readonly needs: readonly Ability[];
  /** Milliseconds. */
  readonly timeoutMs: number;
  /** Rejects when the promise is not kept. */
  readonly run: (bench: Bench<Ability>) => Promise<void>;
}

/** Adds a case; it sees only the abilities that it says it needs. */
type AddCase = <A extends Ability = never>(
  name: string,
  run: (bench: Bench<A>) => Promise<void>,
  options?: { readonly needs?: readonly A[] },
) => void;

const timeoutMs = 120_000;

/** The cases of one group. */
export function casesOf(group: string, define: (add: AddCase) => void): readonly ConformanceCase[] {
  const cases: ConformanceCase[] = [];
  define((name, run, { needs = [] } = {}) => {
    cases.push({ group, name, needs, timeoutMs, run: run as ConformanceCase["run"] });
  });
  return cases;
}
