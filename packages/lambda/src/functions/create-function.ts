import { conflict, invalidParameter, notImplemented } from "../aws-errors.ts";
import { parseFunctionName } from "../names/function-name.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf } from "../state/lambda-records.ts";
import type { VersionRecord } from "../state/records.ts";
import { checkTagCount } from "../tags/tag-limits.ts";
import { configurationOutput } from "./configuration-output.ts";
import { checkDeadLetter } from "./dead-letter-config.ts";
import { fingerprint, newConfig } from "./function-config.ts";
import type { LambdaHandler } from "./function-handlers.ts";
import { pendingState, prepareVersion } from "./preparation.ts";
import { takeCode } from "./requested-code.ts";
import { writeVersion } from "./version-writes.ts";

export function createFunction(parts: LambdaParts): LambdaHandler<"CreateFunction"> {
  return async (input, context) => {
    const name = parseFunctionName(input.FunctionName, context);
    if (name.name.length > 64)
      throw invalidParameter(
        `1 validation error detected: Value '${name.name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
      );
    if (input.PublishTo !== undefined) throw notImplemented("PublishTo");
    if (input.CodeSigningConfigArn !== undefined) throw notImplemented("CodeSigningConfigArn");
    if (input.TenancyConfig !== undefined) throw notImplemented("TenancyConfig");
    const tags = input.Tags ?? {};
    checkTagCount(tags);
    const config = newConfig(parts.records, name, name.name, input, parts.newId());
    const key = keyOf(name, name.name);
    const checkFree = (): void => {
      if (parts.records.functions.get(key) !== undefined) throw conflict(`Function already exist: ${name.name}`);
    };
    checkFree();
    await checkDeadLetter(parts, input.DeadLetterConfig, context);
    const code = await takeCode(parts, name, input.PackageType, input.Code, context.signal);
    try {
      // Time has passed: another request may have made the function, or deleted a layer.
      checkFree();
      const layers = newConfig(parts.records, name, name.name, input, "").layers;
      parts.code.checkTotal(code, layers);
      const whole = { ...config, layers, code: { sha256: code.sha256, sizeBytes: code.sizeBytes } };
      const latest: VersionRecord = {
        account: name.account,
        region: name.region,
        functionName: name.name,
        version: "$LATEST",
        config: whole,
        ...pendingState(parts.newId()),
        revisionId: parts.newId(),
        modifiedAt: parts.clock.now(),
      };
      const records =
        input.Publish === true ? [latest, { ...latest, version: "1", revisionId: parts.newId() }] : [latest];
      parts.records.transaction(() => {
        parts.records.functions.set(key, {
          account: name.account,
          region: name.region,
          name: name.name,
          lastVersion: records.length - 1,
          ...(records.length > 1 ? { published: { version: "1", fingerprint: fingerprint(whole) } } : {}),
          tags,
        });
        for (const record of records) writeVersion(parts, record);
      });
      for (const record of records) prepareVersion(parts, name, name.name, record.version);
      const { LastUpdateStatus: _, ...output } = configurationOutput(records.at(-1) ?? latest);
      return output;
    } finally {
      await code.unpin();
    }
  };
}
