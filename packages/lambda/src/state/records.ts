import type { FunctionImage } from "../backend/function-spec.ts";
import type { Home } from "../names/arn.ts";

/** What belongs to a function as a whole. */
export interface FunctionRecord extends Home {
  readonly name: string;
  /** The last version number given out; numbers are never given twice. */
  readonly lastVersion: number;
  /** What `$LATEST` looked like when it was last published. */
  readonly published?: { readonly version: string; readonly fingerprint: string };
  readonly tags: Readonly<Record<string, string>>;
  readonly reservedConcurrency?: number;
}

/** `$LATEST` or a published version. */
export interface VersionRecord extends Home {
  readonly functionName: string;
  readonly version: string;
  readonly config: VersionConfig;
  /** What invocations run while `config` is not applied yet or could not be. */
  readonly serving?: VersionConfig;
  readonly state: "Pending" | "Active" | "Failed";
  readonly stateReason?: string;
  readonly stateReasonCode?: string;
  readonly lastUpdateStatus: "Successful" | "InProgress" | "Failed";
  readonly lastUpdateReason?: string;
  readonly lastUpdateReasonCode?: string;
  /** Names the background step that is to end the transitional state. */
  readonly preparation?: string;
  readonly revisionId: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** `sha256:…` of a container image, once the backend has pulled it. */
  readonly imageDigest?: string;
}

export interface VersionConfig {
  readonly description: string;
  readonly runtime: string;
  readonly handler: string;
  readonly role: string;
  readonly timeoutSeconds: number;
  readonly memorySizeMb: number;
  readonly ephemeralStorageMb: number;
  readonly architecture: "x86_64" | "arm64";
  readonly environment?: Readonly<Record<string, string>>;
  /** Of no size for a container image. */
  readonly code: CodeRef;
  readonly image?: ImageRecord;
  readonly layers: readonly LayerRef[];
  readonly tracing: "Active" | "PassThrough";
  readonly snapStart: "None" | "PublishedVersions";
  readonly logging: LoggingRecord;
  readonly kmsKeyArn?: string;
  /** Queue or topic for asynchronous events that failed. */
  readonly deadLetterArn?: string;
  readonly vpc?: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };
}

/** A function of package type Image. */
export interface ImageRecord extends FunctionImage {
  /** New whenever the user sets the code: a tag may name another image by then. */
  readonly resolution: string;
}

export interface LoggingRecord {
  readonly format: "Text" | "JSON";
  readonly group: string;
  readonly applicationLevel?: string;
  readonly systemLevel?: string;
}

/** A zip in the code store. */
export interface CodeRef {
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface LayerRef extends CodeRef {
  readonly arn: string;
}

export interface AliasRecord extends Home {
  readonly functionName: string;
  readonly name: string;
  readonly functionVersion: string;
  readonly description: string;
  readonly weights?: Readonly<Record<string, number>>;
  readonly revisionId: string;
}

/** Provisioned concurrency of a version, or of the one that an alias points to. */
export interface ProvisionedRecord extends Home {
  readonly functionName: string;
  /** Version or alias. */
  readonly qualifier: string;
  readonly count: number;
  /** New whenever it is asked for. */
  readonly revision: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

export interface LayerRecord {
  readonly lastVersion: number;
}

export interface LayerVersionRecord extends Home {
  readonly name: string;
  readonly version: number;
  readonly description: string;
  readonly licenseInfo?: string;
  readonly runtimes?: readonly string[];
  readonly architectures?: readonly string[];
  readonly code: CodeRef;
  readonly createdAt: number;
}

/** The resource policy of a function, version or alias. */
export interface PolicyRecord {
  readonly revisionId: string;
  readonly statements: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Principal: string | { readonly Service: string } | { readonly AWS: string };
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface EventInvokeRecord {
  readonly maximumRetryAttempts?: number;
  readonly maximumEventAgeSeconds?: number;
  readonly onSuccessArn?: string;
  readonly onFailureArn?: string;
  readonly modifiedAt: number;
}

/** An accepted asynchronous invocation. */
export interface EventRecord extends Home {
  readonly id: string;
  readonly functionName: string;
  readonly qualifier?: string;
  /** Base64. */
  readonly payload: string;
  readonly clientContext?: string;
  /** `X-Amzn-Trace-Id` of the request that brought it. */
  readonly traceHeader?: string;
  readonly acceptedAt: number;
  /** Runs that ended with a function error. */
  readonly failures: number;
  /** Tries that did not reach the function, in a row. */
  readonly postponed: number;
  readonly notBefore: number;
}
