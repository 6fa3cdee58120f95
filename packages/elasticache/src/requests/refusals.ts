import { invalidCombination, unsupported } from "../errors.ts";
import { filled } from "./identifiers.ts";

/** Members of several requests whose features are not there. */
export interface RefusedMembers {
  readonly NotificationTopicArn?: string | undefined;
  readonly LogDeliveryConfigurations?: readonly { readonly Enabled?: boolean | undefined }[] | undefined;
  readonly CacheSecurityGroupNames?: readonly string[] | undefined;
  readonly NetworkType?: string | undefined;
  readonly IpDiscovery?: string | undefined;
  readonly OutpostMode?: string | undefined;
  readonly PreferredOutpostArn?: string | undefined;
  readonly PreferredOutpostArns?: readonly string[] | undefined;
  readonly NodeGroupConfiguration?: readonly OutpostMembers[] | undefined;
  readonly ReplicaConfiguration?: readonly OutpostMembers[] | undefined;
  readonly Durability?: string | undefined;
}

interface OutpostMembers {
  readonly PrimaryOutpostArn?: string | undefined;
  readonly ReplicaOutpostArns?: readonly string[] | undefined;
  readonly PreferredOutpostArns?: readonly string[] | undefined;
}

const given = (list: readonly unknown[] | undefined): boolean => list !== undefined && list.length > 0;

/**
 * Refuses what would otherwise be accepted and not done.
 * @throws AwsError `InvalidParameterCombination` that names the feature and what to leave out.
 */
export function refuseUnsupported(request: RefusedMembers): void {
  const leaveOut = (member: string): string => `Leave out ${member}.`;
  if (filled(request.NotificationTopicArn) !== undefined)
    throw unsupported("Notification over SNS", `${leaveOut("NotificationTopicArn")} DescribeEvents has the events.`);
  if (request.LogDeliveryConfigurations?.some((configuration) => configuration.Enabled !== false) === true)
    throw unsupported("Log delivery", leaveOut("LogDeliveryConfigurations"));
  if (given(request.CacheSecurityGroupNames))
    throw invalidCombination("Use of cache security groups is not permitted in this API version for your account.");
  if (request.Durability === "sync" || request.Durability === "async")
    throw unsupported(`Durability ${request.Durability}`, leaveOut("Durability"));
  for (const [member, value] of [
    ["NetworkType", request.NetworkType],
    ["IpDiscovery", request.IpDiscovery],
  ] as const)
    if (value !== undefined && value !== "ipv4") throw unsupported(`${member} ${value}`, `Set ${member} to ipv4.`);
  if (request.OutpostMode !== undefined || filled(request.PreferredOutpostArn) !== undefined || isOnOutpost(request))
    throw unsupported("AWS Outposts", leaveOut("OutpostMode and PreferredOutpostArn"));
  if ([...(request.NodeGroupConfiguration ?? []), ...(request.ReplicaConfiguration ?? [])].some(isOnOutpost))
    throw unsupported("AWS Outposts", leaveOut("the ARNs of outposts"));
}

function isOnOutpost({ PrimaryOutpostArn, ReplicaOutpostArns, PreferredOutpostArns }: OutpostMembers): boolean {
  return filled(PrimaryOutpostArn) !== undefined || given(ReplicaOutpostArns) || given(PreferredOutpostArns);
}
