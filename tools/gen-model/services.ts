import type { ServiceTraits } from "@fc/aws";

export interface GeneratedService {
  readonly traits: ServiceTraits;
  /** The SDK's npm package. */
  readonly client: string;
  /** Folder under packages/ that gets model.json and src/model.generated.ts. */
  readonly package: string;
  readonly quirks: Quirks;
}

/** Where AWS's own models disagree, or say less than AWS does; data, each with its reason. */
export interface Quirks {
  /** `Structure.Member` → a second XML element name. */
  readonly also: Readonly<Record<string, string>>;
  /** Operation → largest request body in bytes, as AWS's own 413 answers name it. */
  readonly maxBodyBytes: Readonly<Record<string, number>>;
  /** `Structure.Member` whose values the service judges itself, with another error than the protocol's. */
  readonly unchecked: readonly string[];
  /** Lists whose items may be null. */
  readonly nullableItems: readonly string[];
  /** Shape → pattern that AWS's service applies, seen in its recorded answers. */
  readonly patterns: Readonly<Record<string, string>>;
}

// botocore reads the element by the name on the list shape, Smithy's SDKs by the member's name: sending both serves both.
const pendingLogs = "PendingLogDeliveryConfiguration";

// Recorded answers of AWS Lambda show wider patterns than the public models hold.
const layerArn =
  "(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)";
const taggableResource =
  "arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)";

export const generatedServices: readonly GeneratedService[] = [
  {
    traits: { name: "lambda", title: "Lambda", protocol: "restJson1", apiVersion: "2015-03-31" },
    client: "@aws-sdk/client-lambda",
    package: "lambda",
    quirks: {
      also: {},
      maxBodyBytes: { CreateFunction: 70167211, PublishLayerVersion: 70167211, UpdateFunctionCode: 70167211 },
      unchecked: [
        "CreateFunctionRequest.Runtime",
        "UpdateFunctionConfigurationRequest.Runtime",
        "PublishLayerVersionRequest.CompatibleRuntimes",
      ],
      nullableItems: ["SecurityGroupIds", "SubnetIds"],
      patterns: { LayerVersionArn: layerArn, TaggableResource: taggableResource },
    },
  },
  {
    traits: {
      name: "elasticache",
      title: "ElastiCache",
      protocol: "awsQuery",
      apiVersion: "2015-02-02",
      xmlNamespace: "http://elasticache.amazonaws.com/doc/2015-02-02/",
    },
    client: "@aws-sdk/client-elasticache",
    package: "elasticache",
    quirks: {
      also: {
        "PendingModifiedValues.LogDeliveryConfigurations": pendingLogs,
        "ReplicationGroupPendingModifiedValues.LogDeliveryConfigurations": pendingLogs,
      },
      maxBodyBytes: {},
      unchecked: [],
      nullableItems: [],
      patterns: {},
    },
  },
];
