import { packageOf } from "../code/code-package.ts";
import type { ProvisionedTarget } from "../environments/provisioned-targets.ts";
import { functionSpecOf, servingConfig } from "../invocation/function-spec-of.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf, type LambdaRecords } from "../state/lambda-records.ts";
import type { ProvisionedRecord } from "../state/records.ts";

/** The version for which a record's environments are now. */
export function provisionedVersion(records: LambdaRecords, record: ProvisionedRecord): string {
  const alias = records.aliases.get(keyOf(record, record.functionName, record.qualifier));
  return alias?.functionVersion ?? record.qualifier;
}

/** What is to be provisioned, as far as its versions can run yet; what was asked for first comes first. */
export function provisionedTargets({ records, code }: Pick<LambdaParts, "records" | "code">): ProvisionedTarget[] {
  const all = records.provisioned.list().sort((a, b) => a.value.modifiedAt - b.value.modifiedAt);
  return all.flatMap(({ key, value }) => {
    const owner = records.functions.get(keyOf(value, value.functionName));
    const version = records.versions.get(keyOf(value, value.functionName, provisionedVersion(records, value)));
    if (owner === undefined || version?.state !== "Active") return [];
    const config = servingConfig(version);
    const { revision, count } = value;
    return [{ key, revision, count, spec: functionSpecOf(owner, version), code: () => packageOf(code, config) }];
  });
}
