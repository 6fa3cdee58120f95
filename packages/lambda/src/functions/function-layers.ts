import { invalidParameter } from "../aws-errors.ts";
import type { Home } from "../names/arn.ts";
import { keyOf, type LambdaRecords } from "../state/lambda-records.ts";
import type { LayerRef } from "../state/records.ts";

const form = /^arn:aws[a-zA-Z-]*:lambda:([a-z0-9-]+):(\d{12}):layer:([a-zA-Z0-9-_]+):(\d+)$/;

/** The layer versions that a function names. @throws AwsError in Lambda's words for what cannot be used */
export function resolveLayers(records: LambdaRecords, home: Home, arns: readonly string[]): LayerRef[] {
  if (arns.length > 5) throw invalidParameter("Cannot reference more than 5 layers.");
  const seen = new Map<string, string>();
  return arns.map((arn) => {
    const [, region, account, name, version] = form.exec(arn) ?? [];
    if (region === undefined || account === undefined || name === undefined || version === undefined)
      throw invalidParameter(`Layer version ${arn} does not exist.`);
    if (region !== home.region)
      throw invalidParameter(
        `Layers are not in the same region as the function. Layers are expected to be in region ${home.region}.`,
      );
    const layer = `${account}:${name}`;
    const other = seen.get(layer);
    if (other !== undefined)
      throw invalidParameter(
        `Two different versions of the same layer are not allowed to be referenced in the same function. ${other} and ${arn} are versions of the same layer.`,
      );
    seen.set(layer, arn);
    const record = records.layerVersions.get(keyOf({ account, region }, name, version));
    if (record === undefined) throw invalidParameter(`Layer version ${arn} does not exist.`);
    return { arn, sha256: record.code.sha256, sizeBytes: record.code.sizeBytes };
  });
}
