import { invalidCombination, invalidValue } from "../errors.ts";
import type { CacheUsageLimits } from "../model.generated.ts";
import { within } from "../replication-groups/refuse-topologies.ts";
import type { UsageLimits } from "../state/serverless-records.ts";

type Range = NonNullable<UsageLimits["dataStorageGb"]>;

/** AWS's bounds: gigabytes, and ElastiCache processing units per second. */
const bounds = { DataStorage: [1, 5_000], ECPUPerSecond: [1_000, 15_000_000] } as const;

/**
 * `CacheUsageLimits` as stored; undefined when it limits nothing.
 * @throws AwsError `InvalidParameterValue` outside AWS's bounds, `InvalidParameterCombination` for a minimum above the maximum.
 */
export function usageLimits(request: CacheUsageLimits | undefined): UsageLimits | undefined {
  const { DataStorage, ECPUPerSecond } = request ?? {};
  if (DataStorage !== undefined && DataStorage.Unit !== "GB")
    throw invalidValue(`The parameter DataStorage.Unit has the value ${DataStorage.Unit}; it must be GB.`);
  const dataStorageGb = range("DataStorage", DataStorage);
  const ecpuPerSecond = range("ECPUPerSecond", ECPUPerSecond);
  if (dataStorageGb === undefined && ecpuPerSecond === undefined) return undefined;
  return {
    ...(dataStorageGb === undefined ? {} : { dataStorageGb }),
    ...(ecpuPerSecond === undefined ? {} : { ecpuPerSecond }),
  };
}

/** In AWS's shape. */
export function usageLimitsView(limits: UsageLimits | undefined): CacheUsageLimits | undefined {
  if (limits === undefined) return undefined;
  const { dataStorageGb, ecpuPerSecond } = limits;
  return {
    DataStorage: dataStorageGb && { Maximum: dataStorageGb.maximum, Minimum: dataStorageGb.minimum, Unit: "GB" },
    ECPUPerSecond: ecpuPerSecond && { Maximum: ecpuPerSecond.maximum, Minimum: ecpuPerSecond.minimum },
  };
}

function range(
  name: keyof typeof bounds,
  request: { readonly Maximum?: number | undefined; readonly Minimum?: number | undefined } | undefined,
): Range | undefined {
  const { Maximum: maximum, Minimum: minimum } = request ?? {};
  const [least, most] = bounds[name];
  if (maximum !== undefined) within(`${name}.Maximum`, maximum, least, most);
  if (minimum !== undefined) within(`${name}.Minimum`, minimum, least, most);
  if (maximum !== undefined && minimum !== undefined && minimum > maximum)
    throw invalidCombination(`${name}.Minimum (${minimum}) must not be greater than ${name}.Maximum (${maximum}).`);
  if (maximum === undefined && minimum === undefined) return undefined;
  return { ...(maximum === undefined ? {} : { maximum }), ...(minimum === undefined ? {} : { minimum }) };
}
