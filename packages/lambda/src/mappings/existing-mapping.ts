import { notFound } from "../aws-errors.ts";
import type { Home } from "../names/arn.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf } from "../state/lambda-records.ts";
import type { MappingRecord } from "../state/mapping-records.ts";

/** The mapping with this UUID. @throws AwsError `ResourceNotFoundException` */
export function existingMapping(parts: Pick<LambdaParts, "records">, id: string, home: Home): MappingRecord {
  const record = parts.records.mappings.get(keyOf(home, id));
  if (record === undefined) throw notFound("The resource you requested does not exist.");
  return record;
}
