import { base64Of, lastModified } from "../functions/configuration-output.ts";
import type { Architecture, GetLayerVersionResponse, LayerVersionsListItem, Runtime } from "../model.generated.ts";
import { layerArn } from "../names/arn.ts";
import type { LambdaParts } from "../parts.ts";
import type { LayerVersionRecord } from "../state/records.ts";

/** A layer version in a list. */
export function listedLayerVersion(record: LayerVersionRecord): LayerVersionsListItem {
  return {
    LayerVersionArn: layerArn(record, record.name, record.version),
    Version: record.version,
    Description: record.description,
    CreatedDate: lastModified(record.createdAt),
    ...(record.runtimes === undefined ? {} : { CompatibleRuntimes: record.runtimes as readonly Runtime[] }),
    ...(record.architectures === undefined
      ? {}
      : { CompatibleArchitectures: record.architectures as readonly Architecture[] }),
    ...(record.licenseInfo === undefined ? {} : { LicenseInfo: record.licenseInfo }),
  };
}

/** A layer version with its content. */
export function layerVersionOutput(
  parts: LambdaParts,
  record: LayerVersionRecord,
  endpoint: string,
): GetLayerVersionResponse {
  return {
    ...listedLayerVersion(record),
    LayerArn: layerArn(record, record.name),
    Content: {
      Location: parts.downloads.location(endpoint, record.code),
      CodeSha256: base64Of(record.code.sha256),
      CodeSize: record.code.sizeBytes,
    },
  };
}
