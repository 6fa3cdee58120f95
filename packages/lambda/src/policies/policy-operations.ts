import { conflict, functionNotFound, invalidParameter, notFound, revisionMismatch } from "../aws-errors.ts";
import { findFunction } from "../functions/find-function.ts";
import type { LambdaHandler } from "../functions/function-handlers.ts";
import type { AddPermissionRequest } from "../model.generated.ts";
import { functionArn } from "../names/arn.ts";
import { type FunctionName, namedArn, parseFunctionName } from "../names/function-name.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf } from "../state/lambda-records.ts";
import type { PolicyRecord, PolicyStatement } from "../state/records.ts";

/** The policy of the function itself is kept under the name that its ARN implies. */
const unqualified = "$LATEST";

export function addPermission(parts: LambdaParts): LambdaHandler<"AddPermission"> {
  return (input, context) => {
    const { name } = findFunction(parts.records, input.FunctionName, context, input.Qualifier);
    if (name.qualifier === "$LATEST")
      throw invalidParameter("We currently do not support adding policies for $LATEST.");
    checkQualifier(parts, name);
    if (input.FunctionUrlAuthType !== undefined && input.Action !== "lambda:InvokeFunctionUrl")
      throw invalidParameter("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action");
    const key = keyOf(name, name.name, name.qualifier ?? unqualified);
    const before = parts.records.policies.get(key);
    checkRevision(before, input.RevisionId);
    const statement = statementOf(name, input);
    if (before?.statements.some((one) => one.Sid === statement.Sid) === true)
      throw conflict(
        `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      );
    parts.records.policies.set(key, {
      revisionId: parts.newId(),
      statements: [...(before?.statements ?? []), statement],
    });
    return { Statement: JSON.stringify(statement) };
  };
}

export function removePermission(parts: LambdaParts): LambdaHandler<"RemovePermission"> {
  return (input, context) => {
    const name = parseFunctionName(input.FunctionName, context, input.Qualifier);
    if (parts.records.functions.get(keyOf(name, name.name)) === undefined)
      throw notFound(`No policy found for: ${functionArn(name, name.name)}`);
    checkQualifier(parts, name);
    const key = keyOf(name, name.name, name.qualifier ?? unqualified);
    const before = parts.records.policies.get(key);
    if (before === undefined) throw notFound("No policy is associated with the given resource.");
    checkRevision(before, input.RevisionId);
    const statements = before.statements.filter((one) => one.Sid !== input.StatementId);
    if (statements.length === before.statements.length)
      throw notFound(`Statement ${input.StatementId} is not found in resource policy.`);
    if (statements.length === 0) parts.records.policies.delete(key);
    else parts.records.policies.set(key, { revisionId: parts.newId(), statements });
  };
}

export function getPolicy(parts: LambdaParts): LambdaHandler<"GetPolicy"> {
  return (input, context) => {
    const { name } = findFunction(parts.records, input.FunctionName, context, input.Qualifier);
    const record = parts.records.policies.get(keyOf(name, name.name, name.qualifier ?? unqualified));
    if (record === undefined) throw notFound("The resource you requested does not exist.");
    const policy = { Version: "2012-10-17", Id: "default", Statement: record.statements };
    return { Policy: JSON.stringify(policy), RevisionId: record.revisionId };
  };
}

function checkQualifier(parts: LambdaParts, name: FunctionName): void {
  const { qualifier } = name;
  if (qualifier === undefined) return;
  const key = keyOf(name, name.name, qualifier);
  if (parts.records.versions.get(key) ?? parts.records.aliases.get(key)) return;
  if (/^\d+$/.test(qualifier) || qualifier.includes("$")) throw functionNotFound(namedArn(name));
  throw notFound(`Cannot find alias arn: ${namedArn(name)}`);
}

function checkRevision(record: PolicyRecord | undefined, revision: string | undefined): void {
  if (revision !== undefined && revision !== record?.revisionId) throw revisionMismatch();
}

function statementOf(name: FunctionName, input: AddPermissionRequest): PolicyStatement {
  const conditions: Record<string, Record<string, string>> = {};
  const add = (operator: string, key: string, value: string | undefined): void => {
    if (value !== undefined) conditions[operator] = { ...conditions[operator], [key]: value };
  };
  add("StringEquals", "AWS:SourceAccount", input.SourceAccount);
  add("StringEquals", "lambda:EventSourceToken", input.EventSourceToken);
  add("StringEquals", "aws:PrincipalOrgID", input.PrincipalOrgID);
  add("StringEquals", "lambda:FunctionUrlAuthType", input.FunctionUrlAuthType);
  add("Bool", "lambda:InvokedViaFunctionUrl", input.InvokedViaFunctionUrl?.toString());
  add("ArnLike", "AWS:SourceArn", input.SourceArn);
  return {
    Sid: input.StatementId,
    Effect: "Allow",
    Principal: principalOf(input.Principal),
    Action: input.Action,
    Resource: namedArn(name),
    ...(Object.keys(conditions).length === 0 ? {} : { Condition: conditions }),
  };
}

function principalOf(text: string): PolicyStatement["Principal"] {
  if (text === "*") return "*";
  if (/^\d{12}$/.test(text)) return { AWS: `arn:aws:iam::${text}:root` };
  if (/^arn:[^:]+:(iam|sts)::/.test(text)) return { AWS: text };
  if (/^[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|alexa\.com|[a-z]+)$/.test(text) && text.includes("."))
    return { Service: text };
  throw invalidParameter("The provided principal was invalid. Please check the principal and try again.");
}
