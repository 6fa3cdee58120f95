/** AWS's limits for function code. */
export interface CodeLimits {
  /** Bytes of a zip that is uploaded in the request. AWS: 52 428 800. */
  readonly zippedBytes: number;
  /** Bytes of code and layers together, unzipped. AWS: 262 144 000. */
  readonly unzippedBytes: number;
  /** Files in one zip. AWS names no number; this one bounds the work. */
  readonly files: number;
}

export const awsCodeLimits: CodeLimits = { zippedBytes: 52_428_800, unzippedBytes: 262_144_000, files: 100_000 };
