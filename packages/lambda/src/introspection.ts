import type { Clock } from "@fc/core";
import type { EnvironmentHandle, InitializationType, LambdaBackend } from "./backend/backend.ts";
import type { Slot } from "./environments/slot.ts";
import type { MappingRecord } from "./state/mapping-records.ts";

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
    lastUsedSecsAgo: Math.floor((clock.now() - slot.lastUsedAt) / 1000),
    ...(slot.environment === undefined ? {} : { handle: slot.environment.handle }),
  };
}
