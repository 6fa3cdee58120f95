import { AwsError, type RequestContext } from "@fc/aws";
import { invalidParameter, notFound } from "../aws-errors.ts";
import { functionArn, type Home } from "./arn.ts";

/** A function as a caller named it. */
export interface FunctionName extends Home {
  readonly name: string;
  /** Version or alias, from the name or from the Qualifier parameter. */
  readonly qualifier?: string;
}

const form =
  /^(?:arn:aws[a-zA-Z-]*:lambda:)?(?:(?<region>(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?(?:(?<account>\d{12}):)?(?:function:)?(?<name>[a-zA-Z0-9-_.]+)(?::(?<qualifier>\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9-_]+))?$/;

/**
 * Reads a FunctionName in each of AWS's forms: name, `name:qualifier`, partial ARN, full ARN.
 * @throws AwsError when the Qualifier parameter says otherwise, or the ARN is of another region or account.
 */
export function parseFunctionName(
  text: string,
  context: Pick<RequestContext, "account" | "region">,
  qualifier?: string,
): FunctionName {
  const groups = form.exec(text)?.groups;
  if (groups?.["name"] === undefined) throw invalidParameter(`Value '${text}' is not the name or ARN of a function.`);
  const { region, account, name, qualifier: embedded } = groups;
  if (region !== undefined && region !== context.region)
    throw notFound(`Functions from '${region}' are not reachable in this region ('${context.region}')`);
  if (account !== undefined && account !== context.account) throw foreignAccount(account, name, context);
  if (embedded !== undefined && qualifier !== undefined && embedded !== qualifier)
    throw invalidParameter("The derived qualifier from the function name does not match the specified qualifier.");
  const chosen = qualifier ?? embedded;
  return {
    account: context.account,
    region: context.region,
    name,
    ...(chosen === undefined ? {} : { qualifier: chosen }),
  };
}

function foreignAccount(account: string, name: string, context: Pick<RequestContext, "account" | "region">): AwsError {
  const arn = functionArn({ account, region: context.region }, name);
  return new AwsError(
    "AccessDeniedException",
    `User: arn:aws:iam::${context.account}:root is not authorized to access ${arn}: functions of other accounts cannot be reached`,
    { httpStatus: 403 },
  );
}

/** The ARN by which the caller named the function, for "not found" answers. */
export function namedArn(name: FunctionName): string {
  return functionArn(name, name.name, name.qualifier);
}
