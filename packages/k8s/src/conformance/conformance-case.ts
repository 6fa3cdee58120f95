import type { V1Pod } from "@kubernetes/client-node";
import type { Bench } from "./bench.ts";

/** What a cluster, or whoever runs the cases on it, can do beyond the Kubernetes API. */
export interface ClusterAbilities {
  /** The addresses of Pods can be reached from here. */
  readonly podNetwork: true;
  /** What a Role does not grant is refused (RBAC). */
  readonly accessControl: true;
  /** Has the kubelet evict the Pod, as it does when the node is short of something. */
  readonly evict: (pod: V1Pod) => Promise<void>;
  /** Does the work while the API server is away; it is back when this resolves, and when the work fails. */
  readonly withoutApi: (work: () => Promise<void>) => Promise<void>;
  /** Does the work while the API server's store answers only after this time; it is quick again when this resolves. */
  readonly withSlowStore: (delayMs: number, work: () => Promise<void>) => Promise<void>;
  /** Name of a node that Pods may run on, besides another one. */
  readonly secondNode: string;
}

export type Ability = keyof ClusterAbilities;

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
