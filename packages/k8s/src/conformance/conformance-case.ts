import type { Ability } from "./abilities.ts";
import type { Bench } from "./bench.ts";

/** One promise of this package, to be kept on every cluster. */
export interface ConformanceCase {
  /** What it is about: `exec`, `waits`… */
  readonly group: string;
  /** A sentence: what is promised. Unique within the group. */
  readonly name: string;
  readonly needs: readonly Ability[];
  /** It takes something away from all users of the cluster: run it alone. */
  readonly disturbs: boolean;
  /** Milliseconds. */
  readonly timeoutMs: number;
  /** Rejects when the promise is not kept. */
  readonly run: (bench: Bench<Ability>) => Promise<void>;
}

interface CaseOptions<A extends Ability> {
  readonly needs?: readonly A[];
  readonly disturbs?: boolean;
  readonly timeoutMs?: number;
}

/** Adds a case; it sees only the abilities that it says it needs. */
type AddCase = <A extends Ability = never>(
  name: string,
  run: (bench: Bench<A>) => Promise<void>,
  options?: CaseOptions<A>,
) => void;

const defaultTimeoutMs = 60_000;

/** The cases of one group. */
export function casesOf(group: string, define: (add: AddCase) => void): readonly ConformanceCase[] {
  const cases: ConformanceCase[] = [];
  define((name, run, { needs = [], disturbs = false, timeoutMs = defaultTimeoutMs } = {}) => {
    cases.push({ group, name, needs, disturbs, timeoutMs, run: run as ConformanceCase["run"] });
  });
  return cases;
}
