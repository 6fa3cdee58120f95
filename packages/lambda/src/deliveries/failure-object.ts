/** S3's ARNs of buckets name neither region nor account. */
export function isBucketArn(arn: string): boolean {
  return /^arn:[^:]+:s3:::[^/:]+$/.test(arn);
}

/**
 * The key of the object that Lambda makes in a bucket for what failed: `aws/lambda/<folder>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<id>`.
 * @param folder `async/<function>`, or `<mapping>/<shard>`
 */
export function failureObjectKey(folder: string, nowMs: number, id: string): string {
  const time = new Date(nowMs).toISOString().slice(0, 19);
  return `aws/lambda/${folder}/${time.slice(0, 10).replaceAll("-", "/")}/${time.replaceAll(":", ".")}-${id}`;
}
