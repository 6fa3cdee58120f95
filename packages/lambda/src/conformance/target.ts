import type { LambdaBackend } from "../backend/index.ts";
import type { Ability, BackendAbilities } from "./abilities.ts";

/** A backend to run the cases on. */
export interface ConformanceTarget {
  /** Makes a backend for one case, which disposes it. Cases run one after the other. */
  readonly open: () => Promise<LambdaBackend> | LambdaBackend;
  /** What it can do beyond the contract; a case that needs more is skipped. */
  readonly abilities?: Partial<BackendAbilities>;
  /** Why an ability is missing, for the reports of skipped cases. */
  readonly absent?: Partial<Readonly<Record<Ability, string>>>;
  /** A Node.js runtime that the backend has. Default `nodejs22.x`. */
  readonly runtime?: string;
}
