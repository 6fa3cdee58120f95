/** Where a resource lives: state is kept per pair. */
export interface Home {
  readonly account: string;
  readonly region: string;
}

function partition(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** `arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]` */
export function functionArn(home: Home, name: string, qualifier?: string): string {
  const base = `arn:${partition(home.region)}:lambda:${home.region}:${home.account}:function:${name}`;
  return qualifier === undefined ? base : `${base}:${qualifier}`;
}

/** `arn:aws:lambda:<region>:<account>:layer:<name>[:<version>]` */
export function layerArn(home: Home, name: string, version?: number): string {
  const base = `arn:${partition(home.region)}:lambda:${home.region}:${home.account}:layer:${name}`;
  return version === undefined ? base : `${base}:${version}`;
}

/** `arn:aws:lambda:<region>:<account>:event-source-mapping:<uuid>` */
export function mappingArn(home: Home, id: string): string {
  return `arn:${partition(home.region)}:lambda:${home.region}:${home.account}:event-source-mapping:${id}`;
}

/** The ARN of a managed runtime's version, in AWS's form. */
export function runtimeVersionArn(region: string, runtime: string): string {
  const digest = Buffer.from(runtime).toString("hex").padEnd(64, "0").slice(0, 64);
  return `arn:${partition(region)}:lambda:${region}::runtime:${digest}`;
}
