import type { RequestContext } from "@fc/aws";
import { functionNotFound } from "../aws-errors.ts";
import { type FunctionName, namedArn, parseFunctionName } from "../names/function-name.ts";
import { keyOf, type LambdaRecords } from "../state/lambda-records.ts";
import type { AliasRecord, FunctionRecord, VersionRecord } from "../state/records.ts";

export interface FoundFunction {
  readonly name: FunctionName;
  readonly record: FunctionRecord;
}

export interface FoundVersion extends FoundFunction {
  readonly version: VersionRecord;
  /** The alias by which it was named. */
  readonly alias?: AliasRecord;
}

/** The function that a parameter names. @throws AwsError `ResourceNotFoundException` */
export function findFunction(
  records: LambdaRecords,
  text: string,
  context: RequestContext,
  qualifier?: string,
): FoundFunction {
  const name = parseFunctionName(text, context, qualifier);
  const record = records.functions.get(keyOf(name, name.name));
  if (record === undefined) throw functionNotFound(namedArn(name));
  return { name, record };
}

/** `$LATEST`, a version, or what an alias points to. Default: `$LATEST`. @throws AwsError `ResourceNotFoundException` */
export function findVersion(
  records: LambdaRecords,
  text: string,
  context: RequestContext,
  qualifier?: string,
): FoundVersion {
  const found = findFunction(records, text, context, qualifier);
  const version = resolveQualifier(records, found.name);
  if (version === undefined) throw functionNotFound(namedArn(found.name));
  return { ...found, ...version };
}

/** The version behind a name's qualifier; an alias gives its primary version unless `random` picks another by weight. */
export function resolveQualifier(
  records: LambdaRecords,
  name: FunctionName,
  random?: () => number,
): { readonly version: VersionRecord; readonly alias?: AliasRecord } | undefined {
  const qualifier = name.qualifier ?? "$LATEST";
  const direct = records.versions.get(keyOf(name, name.name, qualifier));
  if (direct !== undefined) return { version: direct };
  const alias = records.aliases.get(keyOf(name, name.name, qualifier));
  if (alias === undefined) return undefined;
  const chosen = random === undefined ? alias.functionVersion : weighted(alias, random());
  const version = records.versions.get(keyOf(name, name.name, chosen));
  return version === undefined ? undefined : { version, alias };
}

/** The version that gets the invocation: each additional one with its weight, the primary one with the rest. */
function weighted(alias: AliasRecord, random: number): string {
  let left = random;
  for (const [version, weight] of Object.entries(alias.weights ?? {})) {
    if (left < weight) return version;
    left -= weight;
  }
  return alias.functionVersion;
}
