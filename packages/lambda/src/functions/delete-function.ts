import { type Clock, deferred } from "@fc/core";
import { conflict, functionNotFound, invalidParameter } from "../aws-errors.ts";
import { sameFunction } from "../environments/slot.ts";
import { type FunctionName, namedArn } from "../names/function-name.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf, prefixOf } from "../state/lambda-records.ts";
import { findFunction } from "./find-function.ts";
import type { LambdaHandler } from "./function-handlers.ts";
import { deleteVersion } from "./version-writes.ts";

/** The answer waits this long for idle environments to end: a cluster that does not answer must not keep it longer. */
const endTimeoutMs = 10_000;

export function deleteFunction(parts: LambdaParts): LambdaHandler<"DeleteFunction"> {
  return async (input, context) => {
    const { name } = findFunction(parts.records, input.FunctionName, context, input.Qualifier);
    const { qualifier } = name;
    if (qualifier === undefined) deleteWhole(parts, name);
    else deleteOne(parts, name, qualifier);
    const ended = parts.environments.retire(
      (spec) =>
        sameFunction(spec, { ...name, functionName: name.name }) &&
        (qualifier === undefined || spec.version === qualifier),
    );
    parts.environments.reconcile();
    await parts.code.collect();
    await within(endTimeoutMs, ended, parts.clock);
    // The model says 200; AWS answers 204.
    return { StatusCode: 204 };
  };
}

/** Waits for `work`, but no longer than `ms`. */
async function within(ms: number, work: Promise<unknown>, clock: Clock): Promise<void> {
  const enough = deferred<void>();
  const cancel = clock.after(ms, () => enough.resolve());
  await Promise.race([work, enough.promise]).finally(cancel);
}

/** Everything that belongs to the function goes with it: one of the same name made later starts empty. */
export function deleteWhole(
  parts: Pick<LambdaParts, "records" | "code">,
  name: Pick<FunctionName, "account" | "region" | "name">,
): void {
  const { records } = parts;
  const prefix = prefixOf(name, name.name);
  records.transaction(() => {
    for (const { value } of records.versions.list(prefix)) deleteVersion(parts, value);
    for (const collection of [
      records.aliases,
      records.policies,
      records.eventInvoke,
      records.events,
      records.urls,
      records.provisioned,
    ])
      for (const { key } of collection.list(prefix)) collection.delete(key);
    records.functions.delete(keyOf(name, name.name));
  });
}

function deleteOne(parts: LambdaParts, name: FunctionName, qualifier: string): void {
  const { records } = parts;
  if (qualifier === "$LATEST")
    throw invalidParameter("$LATEST version cannot be deleted without deleting the function.");
  if (!/^\d+$/.test(qualifier)) throw invalidParameter("Deletion of aliases is not currently supported.");
  const version = records.versions.get(keyOf(name, name.name, qualifier));
  if (version === undefined) throw functionNotFound(namedArn(name));
  const aliases = records.aliases
    .list(prefixOf(name, name.name))
    .filter(({ value }) => value.functionVersion === qualifier || value.weights?.[qualifier] !== undefined)
    .map(({ value }) => value.name);
  if (aliases.length > 0)
    throw conflict(`Unable to delete version because the following aliases reference it: [${aliases.join(", ")}]`);
  records.transaction(() => {
    deleteVersion(parts, version);
    for (const collection of [records.policies, records.eventInvoke, records.provisioned])
      collection.delete(keyOf(name, name.name, qualifier));
  });
}
