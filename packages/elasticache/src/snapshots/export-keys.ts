import type { SnapshotRecord } from "../state/records.ts";

/** What an export's files are called: one, or one of each node group: `<name>.rdb`, `<name>-0001.rdb`… */
export function exportKeys({ parts }: SnapshotRecord, name: string): string[] {
  if (parts.length === 1) return [`${name}.rdb`];
  return parts.map(({ shard }, index) => `${name}-${shard?.id ?? String(index + 1).padStart(4, "0")}.rdb`);
}
