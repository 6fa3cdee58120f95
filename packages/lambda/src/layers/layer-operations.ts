import { AwsError } from "@fc/aws";
import { invalidParameter, notFound } from "../aws-errors.ts";
import type { LambdaHandler } from "../functions/function-handlers.ts";
import { takeZip } from "../functions/requested-code.ts";
import { supportedRuntimes } from "../functions/runtimes.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf } from "../state/lambda-records.ts";
import type { LayerVersionRecord } from "../state/records.ts";
import { type LayerName, parseLayerName } from "./layer-name.ts";
import { layerVersionOutput } from "./layer-output.ts";
import { removeLayerVersion, writeLayerVersion } from "./layer-writes.ts";

export function publishLayerVersion(parts: LambdaParts): LambdaHandler<"PublishLayerVersion"> {
  return async (input, context) => {
    const { account, region, name } = parseLayerName(input.LayerName, context);
    checkRuntimes(input.CompatibleRuntimes ?? []);
    const code = await takeZip(parts, context, input.Content, context.signal);
    try {
      const key = keyOf({ account, region }, name);
      const version = (parts.records.layers.get(key)?.lastVersion ?? 0) + 1;
      const record: LayerVersionRecord = {
        account,
        region,
        name,
        version,
        description: input.Description ?? "",
        ...(input.LicenseInfo === undefined ? {} : { licenseInfo: input.LicenseInfo }),
        ...(input.CompatibleRuntimes === undefined ? {} : { runtimes: input.CompatibleRuntimes }),
        ...(input.CompatibleArchitectures === undefined ? {} : { architectures: input.CompatibleArchitectures }),
        code: { sha256: code.sha256, sizeBytes: code.sizeBytes },
        createdAt: parts.clock.now(),
      };
      parts.records.transaction(() => {
        parts.records.layers.set(key, { lastVersion: version });
        writeLayerVersion(parts, record);
      });
      return layerVersionOutput(parts, record, context.endpoint);
    } finally {
      await code.unpin();
    }
  };
}

export function getLayerVersion(parts: LambdaParts): LambdaHandler<"GetLayerVersion"> {
  return (input, context) => {
    checkVersion(input.VersionNumber);
    const name = parseLayerName(input.LayerName, context);
    return layerVersionOutput(parts, existing(parts, name, input.VersionNumber), context.endpoint);
  };
}

export function getLayerVersionByArn(parts: LambdaParts): LambdaHandler<"GetLayerVersionByArn"> {
  return (input, context) => {
    const name = parseLayerName(input.Arn, context);
    return layerVersionOutput(parts, existing(parts, name, Number(name.version)), context.endpoint);
  };
}

export function deleteLayerVersion(parts: LambdaParts): LambdaHandler<"DeleteLayerVersion"> {
  return async (input, context) => {
    checkVersion(input.VersionNumber);
    const name = parseLayerName(input.LayerName, context);
    const record = parts.records.layerVersions.get(keyOf(name, name.name, String(input.VersionNumber)));
    if (record !== undefined) parts.records.transaction(() => removeLayerVersion(parts, record));
    await parts.code.collect();
  };
}

function checkRuntimes(runtimes: readonly string[]): void {
  if (runtimes.every((runtime) => supportedRuntimes.includes(runtime))) return;
  throw new AwsError(
    "ValidationException",
    `1 validation error detected: Value '[${runtimes.join(", ")}]' at 'compatibleRuntimes' failed to satisfy constraint: Member must satisfy enum value set: [${supportedRuntimes.join(", ")}]`,
  );
}

function checkVersion(version: number): void {
  if (version < 1) throw invalidParameter("Layer Version Cannot be less than 1");
}

function existing(parts: LambdaParts, name: LayerName, version: number): LayerVersionRecord {
  const record = parts.records.layerVersions.get(keyOf(name, name.name, String(version)));
  if (record === undefined) throw notFound("The resource you requested does not exist.");
  return record;
}
