import { invalidValue } from "../errors.ts";
import { filled } from "./identifiers.ts";

/** Where a node goes that nobody placed: each one to the next of the first three zones. */
export function spreadZone(region: string, index: number): string {
  return `${region}${"abc"[index % 3]}`;
}

/** The zone that is asked for, or the region's first. @throws AwsError `InvalidParameterValue` for one of another region. */
export function zoneOf(region: string, zone: string | undefined): string {
  const chosen = filled(zone) ?? `${region}a`;
  if (!chosen.startsWith(region) || !/^[a-z]$/.test(chosen.slice(region.length)))
    throw invalidValue(`The availability zone ${chosen} is not in the region ${region}.`);
  return chosen;
}
