import type { RequestContext } from "@fc/aws";
import { invalidParameter, notImplemented } from "../aws-errors.ts";
import { type FoundFunction, findFunction } from "../functions/find-function.ts";
import type { LambdaHandler } from "../functions/function-handlers.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf } from "../state/lambda-records.ts";
import { checkTagCount } from "./tag-limits.ts";

export function tagResource(parts: LambdaParts): LambdaHandler<"TagResource"> {
  return (input, context) => {
    const { name, record } = tagged(parts, input.Resource, context);
    const tags = { ...record.tags, ...input.Tags };
    checkTagCount(tags);
    parts.records.functions.set(keyOf(name, name.name), { ...record, tags });
    // Backends may read tags (scheduling): environments that were made with the old ones are outdated.
    parts.environments.retireOutdated();
  };
}

export function untagResource(parts: LambdaParts): LambdaHandler<"UntagResource"> {
  return (input, context) => {
    const { name, record } = tagged(parts, input.Resource, context);
    const tags = Object.fromEntries(Object.entries(record.tags).filter(([key]) => !input.TagKeys.includes(key)));
    parts.records.functions.set(keyOf(name, name.name), { ...record, tags });
    parts.environments.retireOutdated();
  };
}

export function listTags(parts: LambdaParts): LambdaHandler<"ListTags"> {
  return (input, context) => ({ Tags: tagged(parts, input.Resource, context).record.tags });
}

function tagged(parts: LambdaParts, resource: string, context: RequestContext): FoundFunction {
  const kind = /^arn:[^:]+:lambda:[^:]*:[^:]*:([^:]+):[^:]+(:.+)?$/.exec(resource);
  if (kind?.[1] !== undefined && kind[1] !== "function") throw notImplemented(`Tags on a ${kind[1]}`);
  if (kind?.[2] !== undefined)
    throw invalidParameter("Tags on function aliases and versions are not supported. Please specify a function ARN.");
  return findFunction(parts.records, resource, context);
}
