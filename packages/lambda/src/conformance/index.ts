/**
 * What a {@link LambdaBackend} promises, as cases that any backend can be checked with, under any test runner or none.
 *
 * @packageDocumentation
 */

export type { Ability, BackendAbilities } from "./abilities.ts";
export type { Bench, InvokeAnswer, InvokeOptions, ProbeOptions } from "./bench.ts";
export { type CheckOptions, checkBackend } from "./check-backend.ts";
export type { ConformanceCase } from "./conformance-case.ts";
export { conformanceCases } from "./conformance-cases.ts";
export { type CaseResult, runCase } from "./run-case.ts";
export { codePackage, type Files } from "./samples/code-package.ts";
export type { ConformanceTarget } from "./target.ts";
