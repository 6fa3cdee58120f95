import { createHash } from "node:crypto";
import type { FunctionImage, FunctionLogging, FunctionSpec } from "../backend/function-spec.ts";
import { codeOf } from "../functions/function-config.ts";
import { functionArn } from "../names/arn.ts";
import { keyOf, type LambdaRecords } from "../state/lambda-records.ts";
import type { FunctionRecord, ImageRecord, VersionConfig, VersionRecord } from "../state/records.ts";

/** What invocations of a version run: not a change that is still in progress or failed. */
export function servingConfig(version: VersionRecord): VersionConfig {
  return version.serving ?? version.config;
}

/** A version as a backend needs it. */
export function functionSpecOf(owner: FunctionRecord, version: VersionRecord): FunctionSpec {
  const config = servingConfig(version);
  const { image } = config;
  const spec = {
    account: owner.account,
    region: owner.region,
    functionName: owner.name,
    version: version.version,
    functionArn: functionArn(owner, owner.name),
    runtime: config.runtime,
    handler: config.handler,
    ...(image === undefined ? {} : { image: imageSpec(image) }),
    memorySizeMb: config.memorySizeMb,
    timeoutSeconds: config.timeoutSeconds,
    ephemeralStorageMb: config.ephemeralStorageMb,
    architecture: config.architecture,
    environment: config.environment ?? {},
    logGroup: config.logging.group,
    logging: loggingSpec(config.logging),
    role: config.role,
    tags: owner.tags,
  };
  const content = [...codeOf(config).map((code) => code.sha256), ...(image === undefined ? [] : [image.resolution])];
  const deployId = createHash("sha256")
    .update(JSON.stringify([spec, content]))
    .digest("base64url");
  return { ...spec, deployId };
}

/** Format and levels, as a backend needs them. */
export function loggingSpec({ group: _, format, ...levels }: VersionConfig["logging"]): FunctionLogging {
  return { format: format === "JSON" ? "JSON" : "Text", ...levels };
}

function imageSpec({ resolution: _, ...image }: ImageRecord): FunctionImage {
  return image;
}

/** Whether the function still is as this spec says. */
export function isCurrentSpec(records: LambdaRecords, spec: FunctionSpec): boolean {
  const owner = records.functions.get(keyOf(spec, spec.functionName));
  const version = records.versions.get(keyOf(spec, spec.functionName, spec.version));
  return owner !== undefined && version !== undefined && functionSpecOf(owner, version).deployId === spec.deployId;
}
