/**
 * What a caller of this package sees when the cluster, or the way to it, fails: one row for every fault and operation, to be run
 * on any cluster with any test runner.
 *
 * @packageDocumentation
 */

export type { FaultOperation } from "./fault-operation.ts";
export { describeRow, type FaultRow, faultRows, type Outcome, type Trouble } from "./fault-rows.ts";
export { type FaultScene, FaultStage } from "./fault-stage.ts";
export { runFaultRow } from "./run-fault-row.ts";
