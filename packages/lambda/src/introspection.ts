import type { Clock } from "@fc/core";
import type { EnvironmentHandle, InitializationType, LambdaBackend } from "./backend/backend.ts";
import { type Slot, sameFunction } from "./environments/slot.ts";
import type { InvocationReport } from "./invocation/invocation-report.ts";
import type { MappingRecord } from "./state/mapping-records.ts";
import type { VersionRecord } from "./state/records.ts";

/** One version of a function, `$LATEST` too, for people and tools. */
export interface FunctionRow {
  readonly functionName: string;
  readonly account: string;
  readonly region: string;
  readonly version: string;
  /** Of a container image: `image`. */
  readonly runtime: string;
  readonly memorySizeMb: number;
  readonly timeoutSeconds: number;
  readonly state: VersionRecord["state"];
  /** Why it is in this state, or why its last update failed. */
  readonly reason?: string;
  readonly lastUpdateStatus: VersionRecord["lastUpdateStatus"];
  readonly lastModified: string;
  /** How many execution environments it has. */
  readonly environments: number;
}

/** One of the last invocations, for people and tools. */
export interface InvocationRow extends Omit<InvocationReport, "end" | "startedAt"> {
  readonly timestamp: string;
  readonly result: InvocationReport["end"];
}

/** One execution environment, for people and tools. */
export interface EnvironmentRow {
  readonly functionName: string;
  readonly account: string;
  readonly region: string;
  readonly version: string;
  readonly runtime: string;
  readonly backend: string;
  readonly initializationType: InitializationType;
  readonly state: "starting" | "idle" | "busy" | "retiring";
  /** Since its launch began. */
  readonly ageSecs: number;
  readonly lastUsedSecsAgo: number;
  /** Absent while it starts. */
  readonly handle?: EnvironmentHandle;
}

/** One event source mapping, for people and tools. */
export interface EventSourceMappingRow {
  readonly uuid: string;
  readonly account: string;
  readonly region: string;
  readonly functionName: string;
  readonly eventSourceArn: string;
  readonly kind: "sqs" | "kinesis" | "dynamodb";
  readonly state: "Creating" | "Enabling" | "Enabled" | "Updating" | "Disabling" | "Disabled" | "Deleting";
}

export function mappingRow(mapping: MappingRecord): EventSourceMappingRow {
  const { id: uuid, account, region, functionName, sourceArn: eventSourceArn, kind, state } = mapping;
  return { uuid, account, region, functionName, eventSourceArn, kind, state };
}

export function environmentRow(slot: Readonly<Slot>, backend: LambdaBackend, clock: Clock): EnvironmentRow {
  const { functionName, account, region, version, runtime } = slot.spec;
  return {
    functionName,
    account,
    region,
    version,
    runtime,
    backend: backend.name,
    initializationType: slot.provisioned === undefined ? "on-demand" : "provisioned-concurrency",
    state: slot.phase,
    ageSecs: Math.floor((clock.now() - slot.startedAt) / 1000),
    lastUsedSecsAgo: Math.floor((clock.now() - slot.lastUsedAt) / 1000),
    ...(slot.environment === undefined ? {} : { handle: slot.environment.handle }),
  };
}

export function functionRow(record: VersionRecord, slots: readonly Readonly<Slot>[]): FunctionRow {
  const { functionName, account, region, version, config, state, lastUpdateStatus } = record;
  const reason = record.stateReason ?? record.lastUpdateReason;
  return {
    functionName,
    account,
    region,
    version,
    runtime: config.image === undefined ? config.runtime : "image",
    memorySizeMb: config.memorySizeMb,
    timeoutSeconds: config.timeoutSeconds,
    state,
    ...(reason === undefined ? {} : { reason }),
    lastUpdateStatus,
    lastModified: new Date(record.modifiedAt).toISOString(),
    environments: slots.filter(({ spec }) => spec.version === version && sameFunction(spec, record)).length,
  };
}

export function invocationRow({ startedAt, end: result, ...report }: InvocationReport): InvocationRow {
  return { ...report, timestamp: new Date(startedAt).toISOString(), result };
}
