import { functionNotFound, invalidParameter, notImplemented, revisionMismatch } from "../aws-errors.ts";
import { base64Of, configurationOutput } from "../functions/configuration-output.ts";
import { findFunction } from "../functions/find-function.ts";
import type { LambdaHandler } from "../functions/function-handlers.ts";
import { checkUpdatable } from "../functions/preparation.ts";
import { functionArn } from "../names/arn.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf } from "../state/lambda-records.ts";
import { publishedCopy } from "./published-copy.ts";

export function publishVersion(parts: LambdaParts): LambdaHandler<"PublishVersion"> {
  return (input, context) => {
    const { name } = findFunction(parts.records, input.FunctionName, context);
    const latest = parts.records.versions.get(keyOf(name, name.name, "$LATEST"));
    if (latest === undefined) throw functionNotFound(functionArn(name, name.name));
    if (input.PublishTo !== undefined) throw notImplemented("PublishTo");
    if (input.RevisionId !== undefined && input.RevisionId !== latest.revisionId) throw revisionMismatch();
    checkUpdatable(latest);
    const actual = base64Of(latest.config.code.sha256);
    if (input.CodeSha256 !== undefined && input.CodeSha256 !== "" && input.CodeSha256 !== actual)
      throw invalidParameter(
        `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST (${actual}). Please try again with the CodeSHA256 in $LATEST.`,
      );
    return configurationOutput(parts.records.transaction(() => publishedCopy(parts, latest, input.Description)));
  };
}
