import type { RequestContext } from "@fc/aws";
import { invalidParameter, notImplemented } from "../aws-errors.ts";
import { findFunction } from "../functions/find-function.ts";
import type { LambdaHandler } from "../functions/function-handlers.ts";
import { existingMapping } from "../mappings/existing-mapping.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf } from "../state/lambda-records.ts";
import { checkTagCount } from "./tag-limits.ts";

type Tags = Readonly<Record<string, string>>;

/** What can have tags. */
interface Tagged {
  readonly tags: Tags;
  readonly write: (tags: Tags) => void;
}

export function tagResource(parts: LambdaParts): LambdaHandler<"TagResource"> {
  return (input, context) => {
    const resource = tagged(parts, input.Resource, context);
    const tags = { ...resource.tags, ...input.Tags };
    checkTagCount(tags);
    resource.write(tags);
  };
}

export function untagResource(parts: LambdaParts): LambdaHandler<"UntagResource"> {
  return (input, context) => {
    const resource = tagged(parts, input.Resource, context);
    resource.write(Object.fromEntries(Object.entries(resource.tags).filter(([key]) => !input.TagKeys.includes(key))));
  };
}

export function listTags(parts: LambdaParts): LambdaHandler<"ListTags"> {
  return (input, context) => ({ Tags: tagged(parts, input.Resource, context).tags });
}

/** The resource of an ARN. @throws AwsError when it is not there or cannot have tags */
function tagged(parts: LambdaParts, resource: string, context: RequestContext): Tagged {
  const [, kind = "function", id = "", qualifier] =
    /^arn:[^:]+:lambda:[^:]*:[^:]*:([^:]+):([^:]+)(:.+)?$/.exec(resource) ?? [];
  if (kind === "event-source-mapping") return taggedMapping(parts, id, context);
  if (kind !== "function") throw notImplemented(`Tags on a ${kind}`);
  if (qualifier !== undefined)
    throw invalidParameter("Tags on function aliases and versions are not supported. Please specify a function ARN.");
  return taggedFunction(parts, resource, context);
}

function taggedFunction(parts: LambdaParts, resource: string, context: RequestContext): Tagged {
  const { name, record } = findFunction(parts.records, resource, context);
  return {
    tags: record.tags,
    write: (tags) => {
      parts.records.functions.set(keyOf(name, name.name), { ...record, tags });
      // Backends may read tags (scheduling): environments that were made with the old ones are outdated.
      parts.environments.reconcile();
    },
  };
}

function taggedMapping(parts: LambdaParts, id: string, context: RequestContext): Tagged {
  const record = existingMapping(parts, id, context);
  return {
    tags: record.tags,
    write: (tags) => parts.records.mappings.set(keyOf(record, record.id), { ...record, tags }),
  };
}
