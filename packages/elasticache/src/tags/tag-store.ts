import { fault, invalidValue } from "../errors.ts";
import type { ResourceKind, Scope } from "../scope.ts";
import type { TagsRecord } from "../state/records.ts";
import type { State } from "../state/state.ts";

/** A tag as AWS's request has it. */
export interface RequestTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** As stored. */
export type StoredTag = TagsRecord["tags"][number];

/** AWS's limit per resource. */
const maxTags = 50;

/**
 * The tags of a request; an absent value is empty.
 * @throws AwsError `InvalidParameterValue` for a bad key or value, `TagQuotaPerResourceExceeded` over 50.
 */
export function requestTags(tags: readonly RequestTag[] | undefined): StoredTag[] {
  const read = new Map<string, string>();
  for (const { Key = "", Value = "" } of tags ?? []) {
    if (Key === "" || Key.length > 128) throw invalidValue(`The tag key "${Key}" must have 1 to 128 characters.`);
    if (Key.toLowerCase().startsWith("aws:")) throw invalidValue(`The tag key "${Key}" must not begin with aws:.`);
    if (Value.length > 256) throw invalidValue(`The value of the tag "${Key}" must have at most 256 characters.`);
    if (read.has(Key)) throw invalidValue(`The tag key "${Key}" is given more than once.`);
    read.set(Key, Value);
  }
  return checkCount([...read].map(([key, value]) => ({ key, value })));
}

export function tagsOf(state: State, scope: Scope, kind: ResourceKind, id: string): readonly StoredTag[] {
  return state.tags.get(scope, `${kind}:${id}`)?.tags ?? [];
}

export function setTags(state: State, scope: Scope, kind: ResourceKind, id: string, tags: readonly StoredTag[]): void {
  const { account, region } = scope;
  if (tags.length === 0) state.tags.delete(scope, `${kind}:${id}`);
  else state.tags.set({ account, region, id: `${kind}:${id}`, tags });
}

/** The old tags with the new ones over them. @throws AwsError `TagQuotaPerResourceExceeded`. */
export function mergeTags(old: readonly StoredTag[], added: readonly StoredTag[]): StoredTag[] {
  const merged = new Map(old.map(({ key, value }) => [key, value]));
  for (const { key, value } of added) merged.set(key, value);
  return checkCount([...merged].map(([key, value]) => ({ key, value })));
}

function checkCount(tags: StoredTag[]): StoredTag[] {
  if (tags.length > maxTags)
    throw fault("TagQuotaPerResourceExceeded", `A resource can have at most ${maxTags} tags, not ${tags.length}.`);
  return tags;
}
