import type { LambdaHandler } from "../functions/function-handlers.ts";
import { layerArn } from "../names/arn.ts";
import { pageOf } from "../paging.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf, prefixOf } from "../state/lambda-records.ts";
import type { LayerVersionRecord } from "../state/records.ts";
import { parseLayerName } from "./layer-name.ts";
import { listedLayerVersion } from "./layer-output.ts";

interface Filter {
  readonly CompatibleArchitecture?: string | undefined;
  readonly CompatibleRuntime?: string | undefined;
}

export function listLayers(parts: LambdaParts): LambdaHandler<"ListLayers"> {
  return (input, context) => {
    const newest = new Map<string, LayerVersionRecord>();
    for (const { value } of parts.records.layerVersions.list(prefixOf(context)))
      if (suits(value, input)) newest.set(keyOf(value, value.name), value);
    const layers = [...newest].map(([key, value]) => ({ key, value }));
    const page = pageOf(layers, input.Marker, input.MaxItems);
    return {
      Layers: page.items.map((record) => ({
        LayerName: record.name,
        LayerArn: layerArn(record, record.name),
        LatestMatchingVersion: listedLayerVersion(record),
      })),
      ...(page.marker === undefined ? {} : { NextMarker: page.marker }),
    };
  };
}

/** Newest first, as AWS lists them. */
export function listLayerVersions(parts: LambdaParts): LambdaHandler<"ListLayerVersions"> {
  return (input, context) => {
    const name = parseLayerName(input.LayerName, context);
    const versions = parts.records.layerVersions
      .list(prefixOf(name, name.name))
      .filter(({ value }) => suits(value, input))
      .map(({ value }) => ({ key: String(1e12 - value.version).padStart(13, "0"), value }))
      .reverse();
    const page = pageOf(versions, input.Marker, input.MaxItems);
    return {
      LayerVersions: page.items.map(listedLayerVersion),
      ...(page.marker === undefined ? {} : { NextMarker: page.marker }),
    };
  };
}

function suits(record: LayerVersionRecord, filter: Filter): boolean {
  const fits = (list: readonly string[] | undefined, wanted: string | undefined): boolean =>
    wanted === undefined || list?.includes(wanted) === true;
  return fits(record.architectures, filter.CompatibleArchitecture) && fits(record.runtimes, filter.CompatibleRuntime);
}
