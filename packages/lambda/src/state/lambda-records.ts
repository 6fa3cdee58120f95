import { type RecordCollection, type RecordStore, recordKey } from "@fc/core";
import type { Home } from "../names/arn.ts";
import type { DeliveryRecord } from "./delivery-record.ts";
import type { MappingRecord, ShardRecord } from "./mapping-records.ts";
import type {
  AliasRecord,
  EventInvokeRecord,
  EventRecord,
  FunctionRecord,
  LayerRecord,
  LayerVersionRecord,
  PolicyRecord,
  ProvisionedRecord,
  VersionRecord,
} from "./records.ts";
import type { UrlRecord } from "./url-record.ts";

/** All records of the service, by kind. Keys start with account and region. */
export interface LambdaRecords {
  readonly functions: RecordCollection<FunctionRecord>;
  readonly versions: RecordCollection<VersionRecord>;
  readonly aliases: RecordCollection<AliasRecord>;
  readonly layers: RecordCollection<LayerRecord>;
  readonly layerVersions: RecordCollection<LayerVersionRecord>;
  readonly policies: RecordCollection<PolicyRecord>;
  readonly provisioned: RecordCollection<ProvisionedRecord>;
  readonly eventInvoke: RecordCollection<EventInvokeRecord>;
  readonly events: RecordCollection<EventRecord>;
  readonly deliveries: RecordCollection<DeliveryRecord>;
  readonly mappings: RecordCollection<MappingRecord>;
  /** Checkpoints of mappings on streams. */
  readonly shards: RecordCollection<ShardRecord>;
  readonly urls: RecordCollection<UrlRecord>;
  transaction<T>(work: () => T): T;
}

export function lambdaRecords(store: RecordStore): LambdaRecords {
  return {
    functions: store.collection("lambda.functions"),
    versions: store.collection("lambda.versions"),
    aliases: store.collection("lambda.aliases"),
    layers: store.collection("lambda.layers"),
    layerVersions: store.collection("lambda.layer-versions"),
    policies: store.collection("lambda.policies"),
    provisioned: store.collection("lambda.provisioned-concurrency"),
    eventInvoke: store.collection("lambda.event-invoke"),
    events: store.collection("lambda.events"),
    deliveries: store.collection("lambda.deliveries"),
    mappings: store.collection("lambda.event-source-mappings"),
    shards: store.collection("lambda.event-source-shards"),
    urls: store.collection("lambda.function-urls"),
    transaction: (work) => store.transaction(work),
  };
}

/** Key of a function, or of something that belongs to it. Numbers are padded so that keys sort as numbers do. */
export function keyOf(home: Home, name: string, part?: string): string {
  if (part === undefined) return recordKey(home.account, home.region, name);
  return recordKey(home.account, home.region, name, /^\d+$/.test(part) ? part.padStart(12, "0") : part);
}

/** Prefix of everything that belongs to the named function (or layer), or to the whole account and region. */
export function prefixOf(home: Home, name?: string): string {
  return `${name === undefined ? recordKey(home.account, home.region) : recordKey(home.account, home.region, name)}/`;
}
