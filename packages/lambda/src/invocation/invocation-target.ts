import type { RequestContext } from "@fc/aws";
import { conflict, functionNotFound } from "../aws-errors.ts";
import { findFunction, resolveQualifier } from "../functions/find-function.ts";
import { functionArn } from "../names/arn.ts";
import { type FunctionName, namedArn } from "../names/function-name.ts";
import type { LambdaParts } from "../parts.ts";
import type { FunctionRecord, VersionRecord } from "../state/records.ts";

/** What an invocation runs. */
export interface InvocationTarget {
  readonly name: FunctionName;
  readonly owner: FunctionRecord;
  readonly version: VersionRecord;
  /** With the qualifier that the caller used, if any. */
  readonly invokedFunctionArn: string;
}

/** Finds what to run; an alias picks by weight. @throws AwsError when there is no such thing or it cannot run now */
export function invocationTarget(
  parts: LambdaParts,
  text: string,
  context: Pick<RequestContext, "account" | "region">,
  qualifier?: string,
): InvocationTarget {
  const { name, record } = findFunction(parts.records, text, context as RequestContext, qualifier);
  const found = resolveQualifier(parts.records, name, parts.random);
  if (found === undefined) throw functionNotFound(namedArn(name));
  const { version } = found;
  if (version.state !== "Active")
    throw conflict(
      `The operation cannot be performed at this time. The function is currently in the following state: ${version.state}`,
    );
  return { name, owner: record, version, invokedFunctionArn: functionArn(name, name.name, name.qualifier) };
}
