/**
 * What conformance kits have in common, the cases of this package's own interfaces, for any test runner, records that have no space
 * left when a test says so, and what shows that a case finds a mistake.
 *
 * @packageDocumentation
 */
export { changed } from "./changed.ts";
export { type CheckCasesOptions, checkCases } from "./check-cases.ts";
export { type FillingRecords, fillingRecords } from "./filling-records.ts";
export { type RecordStoreCase, recordStoreCases } from "./record-store-cases.ts";
export { type CaseAbilities, type CaseNeeds, type CaseResult, runIfAble } from "./run-if-able.ts";
export { type BenchCase, type CaseBench, runOnBench } from "./run-on-bench.ts";
