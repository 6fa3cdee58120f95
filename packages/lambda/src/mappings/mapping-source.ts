import type { UpdateEventSourceMappingRequest } from "../model.generated.ts";
import type { SourceKind } from "../state/mapping-records.ts";

/** What both operations may set. */
export type MappingChange = Omit<UpdateEventSourceMappingRequest, "UUID">;

export interface MappingSource {
  readonly kind: SourceKind;
  readonly arn: string;
}
