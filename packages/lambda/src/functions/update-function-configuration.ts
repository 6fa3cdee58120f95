import { functionNotFound, revisionMismatch } from "../aws-errors.ts";
import { functionArn } from "../names/arn.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf } from "../state/lambda-records.ts";
import type { VersionRecord } from "../state/records.ts";
import { configurationOutput } from "./configuration-output.ts";
import { checkDeadLetter } from "./dead-letter-config.ts";
import { findFunction } from "./find-function.ts";
import { changedConfig } from "./function-config.ts";
import type { LambdaHandler } from "./function-handlers.ts";
import { checkUpdatable, prepareVersion, updatingState } from "./preparation.ts";
import { writeVersion } from "./version-writes.ts";

export function updateFunctionConfiguration(parts: LambdaParts): LambdaHandler<"UpdateFunctionConfiguration"> {
  return async (input, context) => {
    const { name } = findFunction(parts.records, input.FunctionName, context);
    await checkDeadLetter(parts, input.DeadLetterConfig, context);
    const before = parts.records.versions.get(keyOf(name, name.name, "$LATEST"));
    if (before === undefined) throw functionNotFound(functionArn(name, name.name));
    if (input.RevisionId !== undefined && input.RevisionId !== before.revisionId) throw revisionMismatch();
    const config = changedConfig(parts.records, name, before.config, input);
    parts.code.checkTotal(config.code, config.layers);
    checkUpdatable(before);
    const changed: VersionRecord = {
      ...before,
      config,
      revisionId: parts.newId(),
      modifiedAt: parts.clock.now(),
      ...updatingState(before, parts.newId()),
    };
    parts.records.transaction(() => writeVersion(parts, changed));
    prepareVersion(parts, name, name.name, "$LATEST");
    return configurationOutput(changed);
  };
}
