/**
 * What a {@link CacheBackend} promises, as cases that any backend can be checked with, under any test runner or none.
 *
 * @packageDocumentation
 */

export type { Ability, BackendAbilities } from "./abilities.ts";
export type { Bench } from "./bench.ts";
export { type CheckOptions, checkBackend } from "./check-backend.ts";
export type { ConformanceCase } from "./conformance-case.ts";
export { conformanceCases } from "./conformance-cases.ts";
export { type CaseResult, runCase } from "./run-case.ts";
export type { CacheClient, CacheEndpoint, ClientOptions, ConformanceTarget } from "./target.ts";
