import type { CacheNodeSpec, CacheNodeStatus } from "../backend/backend.ts";
import type { Bench } from "./bench.ts";

/** What a backend, or whoever runs the cases on it, can do beyond the contract. */
export interface BackendAbilities {
  /** Names what exists of nodes and groups now (Pods, Services, Secrets), whether the backend still knows of it or not. */
  readonly leftovers: () => Promise<readonly string[]>;
  /** Takes what runs a node away behind the backend's back: its Pod is deleted, or its engine ends at once. */
  readonly lose: (node: CacheNodeStatus, how: "deleted" | "crashed") => Promise<void>;
  /** What makes a redis impossible to start: a parameter value that the engine refuses, say. */
  readonly unstartable: Partial<CacheNodeSpec>;
  /** Users are the engine's: who is not listed, or has another password, is refused. */
  readonly access: true;
  /** Replication groups replicate. */
  readonly replication: true;
  /** Nodes outlive the process: another backend of the same installation adopts them. */
  readonly adoption: true;
}

export type Ability = keyof BackendAbilities;

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
