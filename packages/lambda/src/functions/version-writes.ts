import type { LambdaParts } from "../parts.ts";
import { keyOf } from "../state/lambda-records.ts";
import type { VersionRecord } from "../state/records.ts";
import { codeOf } from "./function-config.ts";

type Parts = Pick<LambdaParts, "records" | "code">;

/** Writes a version and counts it as an owner of its code. Call it in a transaction. */
export function writeVersion(parts: Parts, record: VersionRecord): void {
  const key = keyOf(record, record.functionName, record.version);
  const before = parts.records.versions.get(key);
  parts.records.versions.set(key, record);
  const used = shas(record);
  for (const sha256 of used) parts.code.own(sha256, key);
  for (const sha256 of before === undefined ? [] : shas(before)) if (!used.has(sha256)) parts.code.disown(sha256, key);
}

/** Deletes a version. Call it in a transaction, and `code.collect()` after it. */
export function deleteVersion(parts: Parts, record: VersionRecord): void {
  const key = keyOf(record, record.functionName, record.version);
  parts.records.versions.delete(key);
  for (const sha256 of shas(record)) parts.code.disown(sha256, key);
}

function shas(record: VersionRecord): Set<string> {
  const configs = record.serving === undefined ? [record.config] : [record.config, record.serving];
  return new Set(configs.flatMap((config) => codeOf(config).map((code) => code.sha256)));
}
