import { functionNotFound, invalidParameter, notImplemented, revisionMismatch } from "../aws-errors.ts";
import { functionArn } from "../names/arn.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf } from "../state/lambda-records.ts";
import type { VersionRecord } from "../state/records.ts";
import { publishedCopy } from "../versions/published-copy.ts";
import { configurationOutput } from "./configuration-output.ts";
import { findFunction } from "./find-function.ts";
import type { LambdaHandler } from "./function-handlers.ts";
import { imageOf } from "./function-image.ts";
import { checkUpdatable, prepareVersion, updatingState } from "./preparation.ts";
import { takeCode } from "./requested-code.ts";
import { writeVersion } from "./version-writes.ts";

export function updateFunctionCode(parts: LambdaParts): LambdaHandler<"UpdateFunctionCode"> {
  return async (input, context) => {
    const { name } = findFunction(parts.records, input.FunctionName, context);
    if (input.PublishTo !== undefined) throw notImplemented("PublishTo");
    const key = keyOf(name, name.name, "$LATEST");
    const current = (): VersionRecord => {
      const record = parts.records.versions.get(key);
      if (record === undefined) throw functionNotFound(functionArn(name, name.name));
      if (input.RevisionId !== undefined && input.RevisionId !== record.revisionId) throw revisionMismatch();
      checkUpdatable(record);
      return record;
    };
    const { image } = current().config;
    if (image === undefined && input.ImageUri !== undefined)
      throw invalidParameter("Please don't provide ImageUri when updating a function with packageType Zip.");
    const changedImage = image === undefined ? undefined : imageOf(input, parts.newId(), image);
    const code = await takeCode(parts, name, image === undefined ? "Zip" : "Image", input, context.signal);
    try {
      // Time has passed: whoever changed the function meanwhile came first.
      const before = current();
      parts.code.checkTotal(code, before.config.layers);
      const { serving: _, imageDigest: _d, ...rest } = before;
      const changed: VersionRecord = {
        ...rest,
        config: {
          ...before.config,
          code: { sha256: code.sha256, sizeBytes: code.sizeBytes },
          ...(changedImage === undefined ? {} : { image: changedImage }),
          architecture: input.Architectures?.[0] ?? before.config.architecture,
        },
        revisionId: parts.newId(),
        modifiedAt: parts.clock.now(),
        ...updatingState(before, parts.newId()),
      };
      if (input.DryRun === true) return configurationOutput({ ...changed, lastUpdateStatus: "Successful" });
      const published = parts.records.transaction(() => {
        writeVersion(parts, changed);
        return input.Publish === true ? publishedCopy(parts, changed) : undefined;
      });
      prepareVersion(parts, name, name.name, "$LATEST");
      if (published === undefined) return configurationOutput(changed);
      prepareVersion(parts, name, name.name, published.version);
      return configurationOutput(published);
    } finally {
      await code.unpin();
    }
  };
}
