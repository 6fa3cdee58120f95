import { createHash } from "node:crypto";

const maxLength = 63;
const hashLength = 12;

/**
 * Text as a DNS label, which is also a label value: lower-case letters, digits and `-`, at most 63 characters, never empty.
 * `My_Cache` becomes `my-cache`. A text that is too long, or holds nothing that may stay, ends in a hash of itself.
 */
function labelSafe(text: string): string {
  const slug = slugOf(text);
  if (slug !== "" && slug.length <= maxLength) return slug;
  return joined([slug.slice(0, maxLength - 9), hash(text).slice(0, 8)]);
}

/**
 * A Pod name `<prefix>-<resource>-<12 hex>`: a DNS label of at most 63 characters, equal for equal input. The hash covers all
 * three parts, so different ids (and resources that only differ where the name was cut) give different names.
 */
function podName(prefix: string, resource: string, id: string): string {
  const suffix = hash([prefix, resource, id].join("\0")).slice(0, hashLength);
  const head = slugOf(prefix).slice(0, 40);
  const room = maxLength - hashLength - 1 - (head === "" ? 0 : head.length + 1);
  const name = joined([head, slugOf(resource).slice(0, room), suffix]);
  // A Service named like the Pod must start with a letter (RFC 1035).
  return /^[a-z]/.test(name) ? name : `p${name.slice(1)}`;
}

function slugOf(text: string): string {
  return trimDashes(text.toLowerCase().replace(/[^a-z0-9]+/g, "-"));
}

function joined(parts: readonly string[]): string {
  return parts
    .map(trimDashes)
    .filter((part) => part !== "")
    .join("-");
}

function trimDashes(text: string): string {
  return text.replace(/^-+|-+$/g, "");
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Names of Kubernetes objects made from names of AWS resources. */
export const names: {
  podName(prefix: string, resource: string, id: string): string;
  labelSafe(text: string): string;
} = { podName, labelSafe };
