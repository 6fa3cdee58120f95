/** A version of a function as a backend needs it: immutable, complete, already validated. */
export interface FunctionSpec {
  readonly account: string;
  readonly region: string;
  readonly functionName: string;
  /** `$LATEST` or a number. */
  readonly version: string;
  /** Unqualified ARN. */
  readonly functionArn: string;
  /** `nodejs22.x`, `python3.13`, `provided.al2023`…; empty for a container image. */
  readonly runtime: string;
  readonly handler: string;
  /** The function is this container image, and its code package is empty. */
  readonly image?: FunctionImage;
  readonly memorySizeMb: number;
  /** Seconds that one invocation may take. */
  readonly timeoutSeconds: number;
  readonly ephemeralStorageMb: number;
  readonly architecture: "x86_64" | "arm64";
  /** The function's own environment variables; reserved ones are added by the Runtime API. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logGroup: string;
  /** How logs are written. Absent: as text. */
  readonly logging?: FunctionLogging;
  readonly role: string;
  /** The function's tags, of which a backend may read those it documents. */
  readonly tags: Readonly<Record<string, string>>;
  /** Content address of code, layers and configuration: equal ids may share warm environments. URL- and path-safe. */
  readonly deployId: string;
}

/** `LoggingConfig`, without its log group. Levels are AWS's names, and there are none with the format Text. */
export interface FunctionLogging {
  readonly format: "Text" | "JSON";
  /** What the function writes below this level is left out: `TRACE`, `DEBUG`, `INFO`, `WARN`, `ERROR`, `FATAL`. */
  readonly applicationLevel?: string;
  /** The same for platform events: `DEBUG`, `INFO`, `WARN`. */
  readonly systemLevel?: string;
}

/** A container image as a function (package type Image). What is absent is as the image has it. */
export interface FunctionImage {
  /** As the user gave it: a backend may know another registry for it. */
  readonly uri: string;
  readonly entryPoint?: readonly string[];
  readonly command?: readonly string[];
  readonly workingDirectory?: string;
}

/** The function's code with its layers, flattened once at upload. */
export interface CodePackage {
  readonly files: readonly CodeFile[];
  /** The bytes of all files, one after the other in the order of `files`. */
  readonly content: () => AsyncIterable<Uint8Array>;
  readonly sizeBytes: number;
}

/** One file of a {@link CodePackage}. Directories are implied. */
export interface CodeFile {
  /** Absolute path in the environment: below `/var/task` (code) or `/opt` (layers). */
  readonly path: string;
  /** Permission bits, for example 0o755. */
  readonly mode: number;
  readonly sizeBytes: number;
  /** Target of a symbolic link; `sizeBytes` is 0 then. */
  readonly link?: string;
  /** What POSIX's `cksum` tells of its bytes, where that is known before they are read. */
  readonly checksum?: number;
}
