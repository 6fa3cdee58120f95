import { functionNotFound } from "../aws-errors.ts";
import { fingerprint } from "../functions/function-config.ts";
import { pendingState } from "../functions/preparation.ts";
import { writeVersion } from "../functions/version-writes.ts";
import { functionArn } from "../names/arn.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf } from "../state/lambda-records.ts";
import type { VersionRecord } from "../state/records.ts";

/**
 * Makes an immutable version of `$LATEST`, or gives the newest one when nothing has changed since. Call it in a
 * transaction. A version made from a change that is still being prepared is pending itself.
 */
export function publishedCopy(parts: LambdaParts, latest: VersionRecord, description?: string): VersionRecord {
  const { records } = parts;
  const key = keyOf(latest, latest.functionName);
  const owner = records.functions.get(key);
  if (owner === undefined) throw functionNotFound(functionArn(latest, latest.functionName));
  const print = fingerprint(latest.config);
  if (owner.published?.fingerprint === print) {
    const newest = records.versions.get(keyOf(latest, latest.functionName, owner.published.version));
    if (newest !== undefined) return newest;
  }
  const version = String(owner.lastVersion + 1);
  const { serving: _s, preparation: _p, lastUpdateReason: _r, lastUpdateReasonCode: _c, ...rest } = latest;
  const made: VersionRecord = {
    ...rest,
    version,
    config: { ...latest.config, description: description ?? latest.config.description },
    ...(latest.preparation === undefined ? {} : pendingState(parts.newId())),
    lastUpdateStatus: "Successful",
    revisionId: parts.newId(),
  };
  writeVersion(parts, made);
  records.functions.set(key, {
    ...owner,
    lastVersion: owner.lastVersion + 1,
    published: { version, fingerprint: print },
  });
  return made;
}
