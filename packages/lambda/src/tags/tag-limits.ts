import { invalidParameter } from "../aws-errors.ts";

/** @throws AwsError for more than 50 tags */
export function checkTagCount(tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).length > 50) throw invalidParameter("Number of tags exceeds resource tag limit.");
}
