/**
 * What this package promises, as cases that run on any cluster: the embedded one, kind, k3s, a cloud's.
 *
 * @packageDocumentation
 */

export type { Ability, ClusterAbilities } from "./abilities.ts";
export type { Bench, BoxOptions } from "./bench.ts";
export { type CheckOptions, checkCluster } from "./check-cluster.ts";
export type { ConformanceCase } from "./conformance-case.ts";
export { conformanceCases } from "./conformance-cases.ts";
export { type CaseResult, runCase } from "./run-case.ts";
export type { ConformanceTarget } from "./target.ts";
