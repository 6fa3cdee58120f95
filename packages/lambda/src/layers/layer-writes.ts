import type { Home } from "../names/arn.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf } from "../state/lambda-records.ts";
import type { LayerVersionRecord } from "../state/records.ts";

type Parts = Pick<LambdaParts, "records" | "code">;

function owner(record: LayerVersionRecord): string {
  return `layer/${keyOf(record, record.name, String(record.version))}`;
}

/** Writes a layer version and counts it as an owner of its code. Call it in a transaction. */
export function writeLayerVersion(parts: Parts, record: LayerVersionRecord): void {
  parts.records.layerVersions.set(keyOf(record, record.name, String(record.version)), record);
  parts.code.own(record.code.sha256, owner(record));
}

/** Functions that use a deleted layer version keep its code: they own it too. */
export function removeLayerVersion(parts: Parts, record: LayerVersionRecord): void {
  parts.records.layerVersions.delete(keyOf(record, record.name, String(record.version)));
  parts.code.disown(record.code.sha256, owner(record));
}

/** Deletes all layers of the homes that match. */
export function deleteLayers(parts: Parts, matches: (home: Home) => boolean): void {
  parts.records.transaction(() => {
    for (const { value } of parts.records.layerVersions.list()) {
      if (!matches(value)) continue;
      removeLayerVersion(parts, value);
      parts.records.layers.delete(keyOf(value, value.name));
    }
  });
}
