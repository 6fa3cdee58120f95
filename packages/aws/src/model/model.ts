/** The protocols of this package, by Smithy's names. */
export type Protocol = "restJson1" | "awsQuery";

/** What a package's generated `model.json` holds: one AWS service as its SDK and botocore describe it. */
export interface ServiceModel {
  readonly service: ServiceTraits;
  /** Package versions from which the file was made. */
  readonly sources: Readonly<Record<string, string>>;
  readonly operations: Readonly<Record<string, OperationModel>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

export interface ServiceTraits {
  /** The signing name, which is also the service's part in ARNs: `lambda`. */
  readonly name: string;
  /** How AWS calls it: `Lambda`, `ElastiCache`. */
  readonly title: string;
  readonly protocol: Protocol;
  readonly apiVersion: string;
  /** Namespace of response documents; awsQuery only. */
  readonly xmlNamespace?: string;
}

export interface OperationModel {
  readonly method: string;
  /** Path with labels, with its literal query: `/2018-10-31/layers?find=LayerVersion`. */
  readonly uri: string;
  readonly status: number;
  /** Absent: the operation takes, or gives, nothing. */
  readonly input?: string;
  readonly output?: string;
  /** Largest request body in bytes, when it is not the protocol's. */
  readonly maxBodyBytes?: number;
  /** Shape names of the modelled errors. */
  readonly errors: readonly string[];
}

export type Shape = StructureShape | ListShape | MapShape | SimpleShape;

export interface StructureShape {
  readonly type: "structure" | "union";
  readonly members: Readonly<Record<string, MemberModel>>;
  readonly error?: ErrorTraits;
  /** A union of events that is sent as an event stream. */
  readonly eventStream?: true;
}

export interface ErrorTraits {
  readonly fault: "client" | "server";
  readonly status: number;
  /** The code on the wire when it is not the shape's name (awsQuery). */
  readonly code?: string;
}

export type MemberLocation = "label" | "query" | "header" | "statusCode" | "payload";

export interface MemberModel {
  readonly shape: string;
  readonly required?: true;
  /** Absent: in the body. */
  readonly in?: MemberLocation;
  /** Name on the wire when it is not the member's: query key, header, XML element. */
  readonly name?: string;
  /** A second XML element with the same content, for clients whose model differs. */
  readonly also?: string;
  readonly idempotencyToken?: true;
  /** Never to be logged, nor repeated in a validation message. */
  readonly sensitive?: true;
  /** The member is the whole, raw payload of its event. */
  readonly eventPayload?: true;
  /** The service judges the values itself, with an error of its own wording. */
  readonly unchecked?: true;
  /** Known to botocore only: the drift test, which has the SDK only, leaves it out. */
  readonly origin?: "botocore";
}

export interface ListShape {
  readonly type: "list";
  readonly member: string;
  /** awsQuery's element name when it is not `member`. */
  readonly itemName?: string;
  /** Validation messages about items do not demand that they be present. */
  readonly nullableItems?: true;
  readonly min?: number;
  readonly max?: number;
}

export interface MapShape {
  readonly type: "map";
  readonly key: string;
  readonly value: string;
  readonly min?: number;
  readonly max?: number;
}

export type SimpleType = "string" | "boolean" | "integer" | "long" | "float" | "double" | "timestamp" | "blob";

export interface SimpleShape {
  readonly type: SimpleType;
  /** Timestamps: a format other than the protocol's own. */
  readonly format?: "date-time" | "http-date" | "epoch-seconds";
  /** Strings. */
  readonly enum?: readonly string[];
  /** Strings: the whole value must match. */
  readonly pattern?: string;
  /** Length of strings and blobs, value of numbers. */
  readonly min?: number;
  readonly max?: number;
}
