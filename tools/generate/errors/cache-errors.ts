import type { ErrorTable } from "./error-table.ts";

const triedAgain = "nothing: it is tried again";
const report = "it is tried again; if it stays so, report it";

export const elasticacheErrors: ErrorTable = {
  FC_CACHE_START_FAILED: [
    "a node or group did not start; the message has Kubernetes' reason or the engine's. The cluster's status and an event tell it, too",
    "by the reason: image, room, parameters of its parameter group",
  ],
  FC_CACHE_REBOOT_FAILED: ["a reboot or modification failed; the old node serves on", "by the reason in the message"],
  FC_CACHE_FAILOVER_FAILED: [
    "a replica could not be made the primary",
    "by the reason in the message; does a replica follow?",
  ],
  FC_CACHE_SNAPSHOT_FAILED: [
    "a snapshot could not be taken whole; nothing of it is kept",
    "by the reason; `FAKECLOUD_ELASTICACHE_SNAPSHOT_TIMEOUT_SECONDS`",
  ],
  FC_CACHE_SNAPSHOT_UNSUPPORTED: ["memcached has no snapshots", "use redis or valkey"],
  FC_CACHE_PARAMETER_REJECTED: ["the engine does not take a parameter's value", "correct it in the parameter group"],
  FC_CACHE_ACCESS_FAILED: [
    "users or tokens could not be brought to an engine",
    "by the reason in the message; it is tried again",
  ],
  FC_CACHE_NODE_NOT_FOUND: ["there is no running node of that name", "is it still being made, or deleted?"],
  FC_RDB_CORRUPT: [
    "a snapshot's bytes are no complete RDB: cut short, too long, or another checksum",
    "export or take it again",
  ],
  FC_SNAPSHOT_FILES_NO_BUCKET: ["there is no such bucket, or folder below `<data path>/s3`", "make it"],
  FC_SNAPSHOT_FILES_OTHER_REGION: ["the bucket is in another region", "use one in the cache's region"],
  FC_SNAPSHOT_FILES_FORBIDDEN: [
    "the bucket refuses, or the name is none of a file",
    "grant it, or choose another name",
  ],
  FC_SNAPSHOT_FILES_EXISTS: ["an export's file is there already", "choose another name"],
  FC_SNAPSHOT_FILES_NOT_FOUND: ["there is no such object or file", "correct the ARN"],
  FC_SNAPSHOT_FILES_FAILED: ["bucket or disk failed; the message is theirs", "look there; then try again"],
};

export const elasticacheK8sErrors: ErrorTable = {
  FC_CACHE_NODE_TYPE_UNKNOWN: ["the size of a node type is not known", "use one like `cache.t3.micro`"],
  FC_CACHE_NO_SERVICE: [
    "the Service of a node is gone",
    "who deleted it? A modification or reboot of the cache makes it again",
  ],
  FC_CACHE_NO_SPEC: [
    "a Pod that looks like a cache's has no description of its node",
    "was it made or changed by hand? Delete it",
  ],
  FC_CACHE_NO_NODE: ["a shard has no node of that name", report],
  FC_CACHE_NO_ADDRESS: ["a Pod has no address yet", triedAgain],
  FC_CACHE_NO_REPLICA: [
    "the primary is lost and its replicas, which may have the data, do not answer",
    "wait for them; what is empty is not put in their place",
  ],
  FC_CACHE_ROLE_CHANGED: ["another node became the primary meanwhile", triedAgain],
  FC_CACHE_KEYS_DIFFER: [
    "after a copy of the data the counts of keys do not agree; the old node serves on",
    "try again",
  ],
  FC_CACHE_NODE_DELETED: ["the node is being deleted while something waits for it", "nothing"],
  FC_CACHE_VOLUME_NOT_WRITABLE: [
    "a cache's volume is not its engine's to write to, or Pod Security refuses the step that gives it the volume",
    "use a StorageClass that applies `fsGroup`, or see [Persistence](elasticache.md#persistence)",
  ],
  FC_CACHE_SECRET_INCOMPLETE: [
    "the Secret with the installation's keys lacks a field",
    "delete it to have it made again",
  ],
  FC_CACHE_ENGINE_REPLY: ["the engine answered with an error, which the message has", "by its words"],
  FC_RDB_STALLED: ["an engine stopped sending its data", report],
  FC_RESP_CLOSED: ["an engine closed a connection", triedAgain],
  FC_RESP_MALFORMED: ["what answers is no redis or valkey", "which image is it? `FAKECLOUD_ELASTICACHE_K8S_IMAGE_*`"],
};
