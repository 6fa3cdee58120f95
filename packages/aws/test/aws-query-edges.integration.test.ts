import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AwsError } from "../src/index.ts";
import { startEndpoint, type TestEndpoint } from "./support/test-endpoint.ts";

let endpoint: TestEndpoint;
let seen: unknown;

beforeAll(async () => {
  const record = (input: unknown): Record<string, never> => {
    seen = input;
    return {};
  };
  const names = [
    "DescribeCacheClusters",
    "CreateCacheCluster",
    "DescribeEvents",
    "ModifyCacheCluster",
    "CreateReplicationGroup",
  ];
  endpoint = await startEndpoint({
    elasticache: {
      ...Object.fromEntries(names.map((name) => [name, record])),
      DeleteCacheSubnetGroup: () => undefined,
      DescribeUsers: () => ({ Users: [], Marker: 'a&b<c>"d\r\n\u2028\u0085\u0001' }),
      DescribeReplicationGroups: () => ({
        ReplicationGroups: [{ PendingModifiedValues: { LogDeliveryConfigurations: [{ LogType: "slow-log" }] } }],
      }),
      DeleteCacheCluster: () => Promise.reject(new AwsError("CacheClusterNotFoundFault", "CacheCluster not found:a<b")),
      DeleteUser: () => Promise.reject(new AwsError("InvalidParameterValue", "by its code on the wire")),
      DeleteUserGroup: () => Promise.reject(new Error("the password is hunter2")),
      DeleteSnapshot: () => Promise.reject(new AwsError("ReservedCacheNodeAlreadyExistsFault", "odd status")),
    },
  });
});
afterAll(() => endpoint[Symbol.asyncDispose]());

async function post(
  form: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; headers: Headers }> {
  const type = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
  const response = await fetch(endpoint.url, { method: "POST", body: form, headers: { ...type, ...headers } });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

const cluster = "Action=CreateCacheCluster&Version=2015-02-02&CacheClusterId=c";

describe("requests", () => {
  test.each([
    [
      "the item's name",
      "CacheSecurityGroupNames.CacheSecurityGroupName.1=a&CacheSecurityGroupNames.CacheSecurityGroupName.2=b",
    ],
    ["member", "CacheSecurityGroupNames.member.1=a&CacheSecurityGroupNames.member.2=b"],
    ["a bare number", "CacheSecurityGroupNames.1=a&CacheSecurityGroupNames.2=b"],
    ["numbers with gaps, in numeric order", "CacheSecurityGroupNames.member.10=b&CacheSecurityGroupNames.member.9=a"],
  ])("spell lists with %s", async (_title, list) => {
    await post(`${cluster}&${list}`);
    expect(seen).toEqual({ CacheClusterId: "c", CacheSecurityGroupNames: ["a", "b"] });
  });

  test("spell the empty list as an empty value", async () => {
    await post(`${cluster}&Tags=`);
    expect(seen).toEqual({ CacheClusterId: "c", Tags: [] });
  });

  test("nest structures in lists in lists", async () => {
    const group = "NodeGroupConfiguration.NodeGroupConfiguration.1";
    await post(
      `Action=CreateReplicationGroup&ReplicationGroupId=r&ReplicationGroupDescription=d&${group}.NodeGroupId=0001&${group}.ReplicaAvailabilityZones.AvailabilityZone.1=z`,
    );
    const configuration = [{ NodeGroupId: "0001", ReplicaAvailabilityZones: ["z"] }];
    expect(seen).toEqual({
      ReplicationGroupId: "r",
      ReplicationGroupDescription: "d",
      NodeGroupConfiguration: configuration,
    });
  });

  test.each(["true", "True", "TRUE"])("spell a boolean as %s", async (text) => {
    await post(`Action=ModifyCacheCluster&CacheClusterId=c&ApplyImmediately=${text}`);
    expect(seen).toEqual({ CacheClusterId: "c", ApplyImmediately: true });
  });

  test("take a plus as a space, escapes as UTF-8 and unknown parameters as nothing", async () => {
    await post("Action=DescribeCacheClusters&Marker=a+b%2B%C3%BC%F0%9F%A6%8A&Unknown.1=x");
    expect(seen).toEqual({ Marker: "a b+ü🦊" });
  });

  test("come by GET with everything in the query", async () => {
    const response = await fetch(`${endpoint.url}/?Action=DescribeCacheClusters&Version=2015-02-02&MaxRecords=20`);
    expect(response.status).toBe(200);
    expect(seen).toEqual({ MaxRecords: 20 });
  });

  test.each(["2026-01-02T03:04:05.678Z", "2026-01-02T04:04:05.678%2B01:00", "2026-01-02T03:04:05.678"])(
    "take the timestamp %s",
    async (text) => {
      await post(`Action=DescribeEvents&StartTime=${text}`);
      expect(seen).toEqual({ StartTime: new Date("2026-01-02T03:04:05.678Z") });
    },
  );

  test.each([
    ["a number that is none", `${cluster}&NumCacheNodes=two`],
    ["a fraction", `${cluster}&NumCacheNodes=1.5`],
    ["hexadecimal", `${cluster}&NumCacheNodes=0x10`],
    ["an empty number", `${cluster}&NumCacheNodes=`],
    ["a boolean that is none", `${cluster}&AutoMinorVersionUpgrade=yes`],
    ["a timestamp that is none", "Action=DescribeEvents&StartTime=yesterday"],
    ["a list index that is none", `${cluster}&Tags.Tag.x.Key=k`],
    ["a list without an index", `${cluster}&Tags=k`],
    ["a broken escape", `${cluster}&Engine=%zz`],
    ["endless nesting", `${cluster}&${"a.".repeat(50)}=x`],
  ])("are refused as MalformedInput for %s", async (_title, form) => {
    const { status, text } = await post(form);
    expect(text).toContain("<Code>MalformedInput</Code>");
    expect(status).toBe(400);
  });

  test("above 1 MiB are refused in XML", async () => {
    const { status, text } = await post(`${cluster}&Engine=${"x".repeat(1_048_576)}`, {
      authorization:
        "AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-1/elasticache/aws4_request, SignedHeaders=host, Signature=x",
    });
    expect(status).toBe(413);
    expect(text).toContain("<Code>RequestEntityTooLarge</Code>");
  });
});

describe("answers", () => {
  test("have no result element for an operation without output", async () => {
    const { text, headers } = await post("Action=DeleteCacheSubnetGroup&CacheSubnetGroupName=g");
    expect(headers.get("content-type")).toBe("text/xml");
    const id = headers.get("x-amzn-requestid");
    expect(text).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<DeleteCacheSubnetGroupResponse xmlns="http://elasticache.amazonaws.com/doc/2015-02-02/"><ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata></DeleteCacheSubnetGroupResponse>`,
    );
  });

  test("escape what XML would lose and send empty lists as empty elements", async () => {
    const { text } = await post("Action=DescribeUsers");
    expect(text).toContain("<Users></Users>");
    expect(text).toContain("<Marker>a&amp;b&lt;c&gt;&quot;d&#xD;&#xA;&#x2028;&#x85;\ufffd</Marker>");
  });

  test("name pending log configurations for both families of clients", async () => {
    const { text } = await post("Action=DescribeReplicationGroups");
    const items = "<member><LogType>slow-log</LogType></member>";
    expect(text).toContain(`<LogDeliveryConfigurations>${items}</LogDeliveryConfigurations>`);
    expect(text).toContain(`<PendingLogDeliveryConfiguration>${items}</PendingLogDeliveryConfiguration>`);
  });
});

describe("errors", () => {
  test.each([
    [
      "the model's code and status",
      "DeleteCacheCluster&CacheClusterId=c",
      404,
      "CacheClusterNotFound",
      "CacheCluster not found:a&lt;b",
    ],
    [
      "the shape found by its wire code",
      "DeleteUser&UserId=u",
      400,
      "InvalidParameterValue",
      "by its code on the wire",
    ],
    [
      "the model's status even when it is odd",
      "DeleteSnapshot&SnapshotName=s",
      404,
      "ReservedCacheNodeAlreadyExists",
      "odd status",
    ],
    [
      "an unknown action",
      "MakeCoffee",
      400,
      "InvalidAction",
      "Could not find operation MakeCoffee for version 2015-02-02",
    ],
    [
      "an inherited name as an action",
      "constructor",
      400,
      "InvalidAction",
      "Could not find operation constructor for version 2015-02-02",
    ],
    [
      "an operation nobody implements",
      "DescribeServiceUpdates",
      501,
      "NotImplemented",
      "The operation DescribeServiceUpdates of ElastiCache is not implemented by this server",
    ],
    [
      "a missing required string",
      "DeleteCacheCluster",
      400,
      "InvalidParameterValue",
      "The parameter CacheClusterId must be provided and must not be blank.",
    ],
    [
      "a blank required string",
      "DeleteCacheCluster&CacheClusterId=+",
      400,
      "InvalidParameterValue",
      "The parameter CacheClusterId must be provided and must not be blank.",
    ],
    [
      "another missing required string",
      "TestFailover&ReplicationGroupId=r",
      400,
      "InvalidParameterValue",
      "The parameter NodeGroupId must be provided and must not be blank.",
    ],
    [
      "a value outside its enum",
      "DescribeEvents&SourceType=moon",
      400,
      "InvalidParameterValue",
      "The value &apos;moon&apos;",
    ],
  ])("carry %s", async (_title, action, status, code, message) => {
    const answer = await post(`Action=${action}`);
    expect(answer.text).toContain(`<Code>${code}</Code>`);
    expect(answer.text.replaceAll("'", "&apos;")).toContain(message);
    expect(answer.text).toContain(status < 500 ? "<Type>Sender</Type>" : "<Type>Receiver</Type>");
    expect(answer.text).toContain(`<RequestId>${answer.headers.get("x-amzn-requestid")}</RequestId>`);
    expect(answer.status).toBe(status);
  });

  test("that nobody expected hide their text", async () => {
    const { status, text } = await post("Action=DeleteUserGroup&UserGroupId=g");
    expect(status).toBe(500);
    expect(text).toContain("<Code>InternalFailure</Code>");
    expect(text).not.toContain("hunter2");
  });
});

describe("the gateway", () => {
  const signed = (service: string): Record<string, string> => ({
    authorization: `AWS4-HMAC-SHA256 Credential=ASIA/with/slashes/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=x`,
  });

  test("follows the service of the signature before anything else", async () => {
    const { text } = await post(`Action=DescribeCacheClusters`, signed("lambda"));
    expect(text).toContain("Unable to determine service/operation name");
  });

  test("answers what no service knows with 404, naming what it serves", async () => {
    const response = await fetch(`${endpoint.url}/bucket/key`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ message: expect.stringContaining("serves lambda, elasticache") });
  });
});
