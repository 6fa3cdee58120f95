/**
 * Reads the answer of a function with ReportBatchItemFailures.
 * @returns the identifiers that failed, or undefined when the whole batch counts as failed: no valid answer, or an identifier
 * that is not of the batch. (AWS: "Lambda treats a batch as a complete failure if…")
 */
export function batchItemFailures(
  payload: Uint8Array,
  identifiers: ReadonlySet<string>,
): ReadonlySet<string> | undefined {
  let answer: unknown;
  try {
    answer = payload.byteLength === 0 ? null : JSON.parse(Buffer.from(payload).toString("utf8"));
  } catch {
    return undefined;
  }
  if (answer === null) return new Set();
  if (typeof answer !== "object" || Array.isArray(answer)) return undefined;
  const { batchItemFailures: items = null } = answer as { readonly batchItemFailures?: unknown };
  if (items === null) return new Set();
  if (!Array.isArray(items)) return undefined;
  const failed = new Set<string>();
  for (const item of items as readonly ({ readonly itemIdentifier?: unknown } | null)[]) {
    const identifier = item?.itemIdentifier;
    if (typeof identifier !== "string" || !identifiers.has(identifier)) return undefined;
    failed.add(identifier);
  }
  return failed;
}
