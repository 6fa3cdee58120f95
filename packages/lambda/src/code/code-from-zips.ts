import { Readable } from "node:stream";
import type { CodePackage } from "../backend/function-spec.ts";
import { awsCodeLimits, type CodeLimits } from "./code-limits.ts";
import { codePackage } from "./code-package.ts";
import type { UnpackedFile, UnpackedZip } from "./unpacked.ts";
import { inflateZip } from "./zip-entries.ts";

interface Inflated {
  readonly zip: UnpackedZip;
  readonly bytes: Uint8Array;
}

/**
 * The code of a function from its zip and the zips of its layers, in order, held in memory: for embedders that keep zips themselves.
 * @throws AwsError `InvalidParameterValueException` for what is no good zip: names or links that leave its root, too many or too
 * large files
 */
export async function codeFromZips(
  code: Uint8Array | undefined,
  layers: readonly Uint8Array[] = [],
  limits: CodeLimits = awsCodeLimits,
): Promise<CodePackage> {
  const inflated = new Map<string, Inflated>();
  for (const [index, zip] of [code, ...layers].entries())
    inflated.set(String(index), await inflate(zip, index, limits));
  const found = (key: string): Inflated => inflated.get(key) as Inflated;
  const store = {
    unpacked: (key: string) => found(key).zip,
    content: (key: string) => Readable.from([found(key).bytes]),
  };
  const [first = "0", ...rest] = inflated.keys();
  const ref = (key: string): { sha256: string; sizeBytes: number } => ({ sha256: key, sizeBytes: 0 });
  return codePackage(store, ref(first), rest.map(ref));
}

async function inflate(zip: Uint8Array | undefined, index: number, limits: CodeLimits): Promise<Inflated> {
  const files: UnpackedFile[] = [];
  const chunks: Uint8Array[] = [];
  if (zip !== undefined) for await (const chunk of inflateZip(zip, limits, files)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  return { zip: { contentSha256: String(index), contentBytes: bytes.byteLength, files }, bytes };
}
