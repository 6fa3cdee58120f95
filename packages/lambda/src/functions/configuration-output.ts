import type { FunctionConfiguration, Runtime } from "../model.generated.ts";
import { functionArn, runtimeVersionArn } from "../names/arn.ts";
import type { ImageRecord, VersionRecord } from "../state/records.ts";
import { imageConfigOf, pinnedDigest } from "./function-image.ts";

/**
 * The configuration of a version as AWS shows it.
 * @param qualifier by which the caller named it: part of the ARN then. Published versions always carry theirs.
 */
export function configurationOutput(record: VersionRecord, qualifier?: string): FunctionConfiguration {
  const { config } = record;
  const own = record.version === "$LATEST" ? undefined : record.version;
  return {
    ...listedConfiguration(record),
    FunctionArn: functionArn(record, record.functionName, qualifier ?? own),
    State: record.state,
    ...(record.stateReason === undefined ? {} : { StateReason: record.stateReason }),
    ...(record.stateReasonCode === undefined ? {} : { StateReasonCode: code(record.stateReasonCode) }),
    LastUpdateStatus: record.lastUpdateStatus,
    ...(record.lastUpdateReason === undefined ? {} : { LastUpdateStatusReason: record.lastUpdateReason }),
    ...(record.lastUpdateReasonCode === undefined
      ? {}
      : { LastUpdateStatusReasonCode: code(record.lastUpdateReasonCode) as "InternalError" }),
    ...(config.image === undefined
      ? { RuntimeVersionConfig: { RuntimeVersionArn: runtimeVersionArn(record.region, config.runtime) } }
      : {}),
  };
}

/** What lists show: everything but the states. Every entry is qualified there. */
export function listedConfiguration(record: VersionRecord): FunctionConfiguration {
  const { config } = record;
  const environment = config.environment;
  return {
    FunctionName: record.functionName,
    FunctionArn: functionArn(record, record.functionName, record.version),
    ...(config.image === undefined ? { Runtime: config.runtime as Runtime, Handler: config.handler } : {}),
    Role: config.role,
    CodeSize: config.code.sizeBytes,
    Description: config.description,
    Timeout: config.timeoutSeconds,
    MemorySize: config.memorySizeMb,
    LastModified: lastModified(record.modifiedAt),
    CodeSha256: codeSha256(record),
    Version: record.version,
    ...(environment === undefined ? {} : { Environment: { Variables: environment } }),
    ...(config.vpc === undefined
      ? {}
      : { VpcConfig: { SubnetIds: config.vpc.subnetIds, SecurityGroupIds: config.vpc.securityGroupIds, VpcId: "" } }),
    ...(config.kmsKeyArn === undefined ? {} : { KMSKeyArn: config.kmsKeyArn }),
    ...(config.layers.length === 0
      ? {}
      : { Layers: config.layers.map((layer) => ({ Arn: layer.arn, CodeSize: layer.sizeBytes })) }),
    ...(config.deadLetterArn === undefined ? {} : { DeadLetterConfig: { TargetArn: config.deadLetterArn } }),
    TracingConfig: { Mode: config.tracing },
    RevisionId: record.revisionId,
    ...(config.image === undefined
      ? { PackageType: "Zip" as const }
      : { PackageType: "Image" as const, ...imageConfigResponse(config.image) }),
    Architectures: [config.architecture],
    EphemeralStorage: { Size: config.ephemeralStorageMb },
    SnapStart: { ApplyOn: config.snapStart, OptimizationStatus: "Off" },
    LoggingConfig: {
      LogFormat: config.logging.format,
      LogGroup: config.logging.group,
      ...(config.logging.applicationLevel === undefined
        ? {}
        : { ApplicationLogLevel: config.logging.applicationLevel as "INFO" }),
      ...(config.logging.systemLevel === undefined ? {} : { SystemLogLevel: config.logging.systemLevel as "INFO" }),
    },
  };
}

/** Of an image it is the digest, in hexadecimal; of one that is not pulled yet there is none. */
function codeSha256({ config, imageDigest }: VersionRecord): string {
  if (config.image === undefined) return base64Of(config.code.sha256);
  return (imageDigest ?? pinnedDigest(config.image.uri) ?? "").replace(/^sha256:/, "");
}

function imageConfigResponse(image: ImageRecord): Pick<FunctionConfiguration, "ImageConfigResponse"> {
  const config = imageConfigOf(image);
  return config === undefined ? {} : { ImageConfigResponse: { ImageConfig: config } };
}

/** `2026-01-01T00:00:00.000+0000` */
export function lastModified(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "+0000");
}

/** AWS prints hashes in base64. */
export function base64Of(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64");
}

function code(text: string): "InternalError" {
  return text as "InternalError";
}
