/**
 * What conformance kits have in common, and the cases of this package's own interfaces, for any test runner.
 *
 * @packageDocumentation
 */
export { type RecordStoreCase, recordStoreCases } from "./record-store-cases.ts";
export { type CaseAbilities, type CaseNeeds, type CaseResult, runIfAble } from "./run-if-able.ts";
