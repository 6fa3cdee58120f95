/** One file of a zip; its bytes lie in the zip's content blob. */
export interface UnpackedFile {
  /** Relative, normalised, with slashes. */
  readonly path: string;
  readonly mode: number;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly link?: string;
  /** See `CodeFile.checksum`. Missing where an earlier version unpacked it. */
  readonly checksum?: number;
}

/** A checked zip, inflated once: an index and one blob with the bytes of all files. */
export interface UnpackedZip {
  readonly contentSha256: string;
  readonly contentBytes: number;
  readonly files: readonly UnpackedFile[];
}
