import type { RequestContext } from "@fc/aws";
import { notFound } from "../aws-errors.ts";

const arnForm = /^arn:[^:]+:lambda:([^:]+):(\d{12}):layer:([a-zA-Z0-9-_]+)(?::(\d+))?$/;

/** A layer as a caller named it. */
export interface LayerName {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly version?: string;
}

/** Reads a layer's name or ARN. @throws AwsError for one of another region */
export function parseLayerName(text: string, context: RequestContext): LayerName {
  const [, region, account, name, version] = arnForm.exec(text) ?? [];
  if (region === undefined || account === undefined || name === undefined)
    return { account: context.account, region: context.region, name: text };
  if (region !== context.region) throw notFound("The resource you requested does not exist.");
  return { account, region, name, ...(version === undefined ? {} : { version }) };
}
