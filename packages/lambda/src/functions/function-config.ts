import { invalidParameter, notImplemented } from "../aws-errors.ts";
import type { CreateFunctionRequest, LoggingConfig, UpdateFunctionConfigurationRequest } from "../model.generated.ts";
import type { Home } from "../names/arn.ts";
import type { LambdaRecords } from "../state/lambda-records.ts";
import type { CodeRef, LoggingRecord, VersionConfig } from "../state/records.ts";
import { deadLetterArnOf } from "./dead-letter-config.ts";
import { checkEnvironment } from "./environment-variables.ts";
import { configuredImage, imageOf } from "./function-image.ts";
import { resolveLayers } from "./function-layers.ts";
import { checkRuntime } from "./runtimes.ts";

type Settable = Omit<UpdateFunctionConfigurationRequest, "FunctionName" | "RevisionId">;

/** The configuration of a new function, without its code. @throws AwsError for what AWS or this server refuses */
export function newConfig(
  records: LambdaRecords,
  home: Home,
  name: string,
  input: CreateFunctionRequest,
  resolution: string,
): Omit<VersionConfig, "code"> {
  const isImage = input.PackageType === "Image";
  if (!isImage && (input.Handler === undefined || input.Runtime === undefined))
    throw invalidParameter(
      "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
    );
  const base: VersionConfig = {
    description: "",
    runtime: input.Runtime ?? "",
    handler: input.Handler ?? "",
    ...(isImage ? { image: imageOf(input.Code, resolution) } : {}),
    role: input.Role,
    timeoutSeconds: 3,
    memorySizeMb: 128,
    ephemeralStorageMb: 512,
    architecture: input.Architectures?.[0] ?? "x86_64",
    code: { sha256: "", sizeBytes: 0 },
    layers: [],
    tracing: "PassThrough",
    snapStart: "None",
    logging: { format: "Text", group: `/aws/lambda/${name}` },
  };
  const { code: _, ...config } = changedConfig(records, home, base, input);
  return config;
}

/** The configuration with what the request sets. Members that are absent stay as they are. */
export function changedConfig(
  records: LambdaRecords,
  home: Home,
  before: VersionConfig,
  input: Settable,
): VersionConfig {
  refuseUnsupported(input);
  checkPackageType(before, input);
  if (input.Runtime !== undefined) checkRuntime(input.Runtime);
  const variables = input.Environment === undefined ? before.environment : input.Environment.Variables;
  if (variables !== undefined) checkEnvironment(variables);
  const { environment: _e, vpc: _v, kmsKeyArn: _k, deadLetterArn: formerDeadLetterArn, ...kept } = before;
  const image =
    before.image === undefined || input.ImageConfig === undefined
      ? before.image
      : configuredImage(before.image, input.ImageConfig);
  const vpc = vpcOf(before, input);
  const kmsKeyArn = input.KMSKeyArn ?? before.kmsKeyArn;
  const deadLetterArn =
    input.DeadLetterConfig === undefined ? formerDeadLetterArn : deadLetterArnOf(input.DeadLetterConfig);
  return {
    ...kept,
    description: input.Description ?? before.description,
    runtime: input.Runtime ?? before.runtime,
    handler: input.Handler ?? before.handler,
    role: input.Role ?? before.role,
    timeoutSeconds: input.Timeout ?? before.timeoutSeconds,
    memorySizeMb: input.MemorySize ?? before.memorySizeMb,
    ephemeralStorageMb: input.EphemeralStorage?.Size ?? before.ephemeralStorageMb,
    ...(variables === undefined ? {} : { environment: variables }),
    ...(image === undefined ? {} : { image }),
    layers: input.Layers === undefined ? before.layers : resolveLayers(records, home, input.Layers),
    tracing: input.TracingConfig?.Mode ?? before.tracing,
    snapStart: input.SnapStart?.ApplyOn ?? before.snapStart,
    logging: input.LoggingConfig === undefined ? before.logging : loggingOf(before.logging, input.LoggingConfig),
    ...(vpc === undefined ? {} : { vpc }),
    ...(kmsKeyArn === undefined || kmsKeyArn === "" ? {} : { kmsKeyArn }),
    ...(deadLetterArn === undefined ? {} : { deadLetterArn }),
  };
}

/** What belongs to one package type only. */
function checkPackageType({ image }: VersionConfig, input: Settable): void {
  if (image === undefined) {
    if (input.ImageConfig !== undefined)
      throw invalidParameter("Please don't provide ImageConfig when the intended function PackageType is Zip.");
  } else if (input.Runtime !== undefined || input.Handler !== undefined || (input.Layers?.length ?? 0) > 0) {
    throw invalidParameter(
      "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.",
    );
  }
}

/** Accepting what has no effect would be worse than saying so. */
function refuseUnsupported(input: Settable): void {
  if ((input.FileSystemConfigs?.length ?? 0) > 0) throw notImplemented("FileSystemConfigs (Amazon EFS)");
  if (input.CapacityProviderConfig !== undefined) throw notImplemented("CapacityProviderConfig");
  if (input.DurableConfig !== undefined) throw notImplemented("DurableConfig");
}

function vpcOf(before: VersionConfig, input: Settable): VersionConfig["vpc"] {
  if (input.VpcConfig === undefined) return before.vpc;
  const subnetIds = input.VpcConfig.SubnetIds ?? [];
  const securityGroupIds = input.VpcConfig.SecurityGroupIds ?? [];
  return subnetIds.length + securityGroupIds.length === 0 ? undefined : { subnetIds, securityGroupIds };
}

function loggingOf(before: LoggingRecord, input: LoggingConfig): LoggingRecord {
  const format = input.LogFormat ?? before.format;
  const group = input.LogGroup ?? before.group;
  if (format === "Text") {
    // AWS's own words.
    if (input.ApplicationLogLevel !== undefined || input.SystemLogLevel !== undefined)
      throw invalidParameter(
        'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "Json" and try again.',
      );
    return { format, group };
  }
  return {
    format,
    group,
    applicationLevel: input.ApplicationLogLevel ?? before.applicationLevel ?? "INFO",
    systemLevel: input.SystemLogLevel ?? before.systemLevel ?? "INFO",
  };
}

/** What tells whether anything was changed since the last publication. */
export function fingerprint(config: VersionConfig): string {
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sorted)
      : typeof value === "object" && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([k, v]) => [k, sorted(v)]),
          )
        : value;
  return JSON.stringify(sorted(config));
}

/** All zips that a configuration stands on. */
export function codeOf(config: VersionConfig): CodeRef[] {
  return config.image === undefined ? [config.code, ...config.layers] : [];
}
