import { createHash } from "node:crypto";
import { subnetGroupNotFound } from "../errors.ts";
import type { Plane } from "../plane.ts";
import type { Scope } from "../scope.ts";
import type { SubnetGroupRecord } from "../state/records.ts";

/** Every account and region has it. */
export const defaultSubnetGroup = "default";

/** The group; `default` exists until it is changed without being stored. */
export function findSubnetGroup(plane: Plane, scope: Scope, name: string): SubnetGroupRecord | undefined {
  const id = name.toLowerCase();
  const stored = plane.state.subnetGroups.get(scope, id);
  if (stored !== undefined || id !== defaultSubnetGroup) return stored;
  const { account, region } = scope;
  const subnetIds = ["a", "b", "c"].map((zone) => `subnet-${fingerprint(`${account}/${region}/${zone}`)}`);
  return { account, region, id, description: "Default CacheSubnetGroup", subnetIds };
}

/** @throws AwsError `CacheSubnetGroupNotFoundFault`. */
export function requireSubnetGroup(plane: Plane, scope: Scope, name: string): SubnetGroupRecord {
  const found = findSubnetGroup(plane, scope, name);
  if (found === undefined) throw subnetGroupNotFound(name);
  return found;
}

/** The one VPC of an account and region: there is no VPC service to ask. */
export function vpcOf(scope: Scope): string {
  return `vpc-${fingerprint(`${scope.account}/${scope.region}`)}`;
}

function fingerprint(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 17);
}
