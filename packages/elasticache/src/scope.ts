/** What keeps one customer's state from another's: resources live in an account and a region. */
export interface Scope {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
}

/** The kinds of resources that have an ARN here, by the words that AWS's ARNs use. */
export const resourceKinds = [
  "cluster",
  "replicationgroup",
  "serverlesscache",
  "serverlesssnapshot",
  "snapshot",
  "parametergroup",
  "subnetgroup",
  "user",
  "usergroup",
] as const;

export type ResourceKind = (typeof resourceKinds)[number];

/** `arn:aws:elasticache:<region>:<account>:<kind>:<id>`, in the partition of the region. */
export function arnOf(scope: Scope, kind: ResourceKind, id: string): string {
  return `arn:${partitionOf(scope.region)}:elasticache:${scope.region}:${scope.account}:${kind}:${id}`;
}

/** The parts of an ElastiCache ARN, or undefined when it is none. The id is lower-cased, as AWS stores it. */
export function parseArn(arn: string): (Scope & { readonly kind: string; readonly id: string }) | undefined {
  const match = /^arn:aws[a-z-]*:elasticache:([a-z0-9-]+):(\d{12}):([a-z-]+):([^:\s]+)$/i.exec(arn);
  if (match === null) return undefined;
  const [, region = "", account = "", kind = "", id = ""] = match;
  return { region: region.toLowerCase(), account, kind: kind.toLowerCase(), id: id.toLowerCase() };
}

function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
