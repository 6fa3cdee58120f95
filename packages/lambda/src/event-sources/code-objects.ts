/**
 * Where zips lie that a request names by bucket and key (`S3Bucket`, `S3Key`, `S3ObjectVersion`). They are read once, when the
 * function or layer is made or changed. `@fc/lambda-event-sources` reads them from Amazon S3 with the AWS SDK.
 */
export interface CodeObjects extends AsyncDisposable {
  readonly specificationVersion: "v1";
  /**
   * Begins to read an object.
   * @throws EventSourceError; what S3 itself answered has S3's words as its message and S3's code (`NoSuchKey`, `AccessDenied`…)
   *   as `details.s3Code`
   */
  open(location: CodeLocation, options: { readonly signal: AbortSignal }): Promise<CodeObject>;
}

export interface CodeLocation {
  /** The function's. A bucket elsewhere is refused, as on AWS. */
  readonly region: string;
  readonly bucket: string;
  readonly key: string;
  /** Default: the newest version. */
  readonly objectVersion?: string;
}

export interface CodeObject {
  /** As far as it is known before it is read. */
  readonly sizeBytes?: number;
  /** May be left unread, or half read. */
  readonly content: AsyncIterable<Uint8Array>;
}
