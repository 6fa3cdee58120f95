import type { CacheNodeSpec } from "@fc/elasticache/backend";
import { podDefaults } from "@fc/k8s";
import type { V1Container, V1Pod } from "@kubernetes/client-node";
import { accessMount, accessVolume } from "../access/access-volume.ts";
import { bothWaysContainer } from "../access/both-ways.ts";
import { iamFrontContainer } from "../access/iam-front.ts";
import { needsIamFront } from "../access/iam-users.ts";
import { ownPort } from "../access/own-port.ts";
import { discoveryContainer } from "../discovery/discovery-container.ts";
import { engineArguments, hasRdb, listeningPort } from "../engines/engine-arguments.ts";
import { type CacheImages, imageFor } from "../engines/images.ts";
import { nodeSize } from "../engines/node-types.ts";
import { cacheMetadata } from "./cache-metadata.ts";
import { cacheAnnotations, cacheContainer, cacheLabels, specText } from "./cache-names.ts";
import { dataMount, dataVolume } from "./data-volume.ts";

/** Where the restore step fetches the RDB. Both values come from a Secret with the keys `url` and `token`. */
export interface RestoreSource {
  readonly secretName: string;
  /** Lower-case hexadecimal: the engine starts only with exactly these bytes. */
  readonly sha256: string;
}

export interface CachePodOptions {
  readonly name: string;
  readonly images?: CacheImages;
  readonly pullSecret?: string | undefined;
  readonly restore?: RestoreSource | undefined;
  /** What clients of a configuration endpoint are told: `host|ip|port`, separated by spaces. */
  readonly discovered?: string | undefined;
  /** The Secret with users and certificate; redis and valkey do not start without one. */
  readonly accessSecret?: string | undefined;
  readonly resources?: CacheResources;
  /** The claim that the data is on: it outlives the Pod. */
  readonly claim?: string | undefined;
  /** Whether the volume has to be given to the engine's user first, by root. */
  readonly chown?: boolean | undefined;
}

/** What a cache Pod asks of its node. Limits always follow the node type. */
export interface CacheResources {
  /** Default 64 MiB: a development cluster cannot set aside what an `r7g.large` has. */
  readonly memoryRequestMib?: number;
  /** Thousandths of a CPU. Default 50. */
  readonly cpuRequestMillis?: number;
}

/** The user of the public redis and valkey images, and of the public memcached image. Numbers, because `runAsNonRoot` needs one. */
const userIds = { redis: 999, valkey: 999, memcached: 11_211 } as const;

/** How long the engine goes on after somebody deletes its Pod, in seconds: time to copy its data to a new one. */
const handOverSeconds = 20;
/** A cache on a lost node is made anew elsewhere; five minutes, the cluster's default, is long for that. */
const nodeLossSeconds = 30;

// The token reaches the download through the environment; the checksum is what makes a cut download an error. Both tools of each
// pair are common: busybox has the first, a developer's machine under the embedded cluster perhaps only the second.
const restoreScript = [
  "set -e",
  'auth="Authorization: Bearer $FAKECLOUD_RDB_TOKEN"',
  "if command -v wget >/dev/null",
  'then wget -q -O dump.rdb --header "$auth" "$FAKECLOUD_RDB_URL"',
  'else curl -fsS -o dump.rdb -H "$auth" "$FAKECLOUD_RDB_URL"; fi',
  'sum="shasum -a 256"; if command -v sha256sum >/dev/null; then sum=sha256sum; fi',
  'echo "$FAKECLOUD_RDB_SHA256  dump.rdb" | $sum -c -',
].join("\n");

// With an append-only file the engine reads nothing else: the RDB becomes the base of one.
const appendOnlyScript = [
  "mkdir -p appendonlydir",
  "mv dump.rdb appendonlydir/appendonly.aof.1.base.rdb",
  'echo "file appendonly.aof.1.base.rdb seq 1 type b" >appendonlydir/appendonly.aof.manifest',
].join("\n");

/**
 * The Pod of one launch of a cache node. Pure: no cluster, no clock, no randomness. Passes Pod Security `restricted`.
 * @throws FcError `FC_CACHE_NODE_TYPE_UNKNOWN`.
 */
export function buildCachePod(spec: CacheNodeSpec, options: CachePodOptions): V1Pod {
  const volumes = [
    ...(hasRdb(spec.engine) ? [dataVolume(options.claim)] : []),
    ...(options.accessSecret === undefined ? [] : [accessVolume(options.accessSecret)]),
  ];
  const initContainers = [
    ...(options.claim !== undefined && options.chown === true ? [ownerContainer(options, userIds[spec.engine])] : []),
    ...(options.restore === undefined ? [] : [restoreContainer(options, options.restore)]),
    ...frontContainers(spec, options),
  ];
  const pod: V1Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: cacheMetadata(options.name, spec, {
      labels: { [cacheLabels.pod]: options.name },
      annotations: { [cacheAnnotations.spec]: specText(spec) },
    }),
    spec: {
      ...(options.pullSecret === undefined ? {} : { imagePullSecrets: [{ name: options.pullSecret }] }),
      ...(initContainers.length === 0 ? {} : { initContainers }),
      containers: [spec.discovers === undefined ? engineContainer(spec, options) : discoveryContainer(spec, options)],
      ...(volumes.length === 0 ? {} : { volumes }),
      // A volume that is the engine's already is not gone through at every start.
      ...(options.claim === undefined ? {} : { securityContext: { fsGroupChangePolicy: "OnRootMismatch" } }),
    },
  };
  return podDefaults(pod, {
    runAsUser: userIds[spec.engine],
    ...(options.claim === undefined ? {} : { fsGroup: userIds[spec.engine] }),
    terminationGracePeriodSeconds: handOverSeconds + 10,
    nodeLossSeconds,
  });
}

/** What has the port that clients know, where the engine itself cannot have it. */
function frontContainers(spec: CacheNodeSpec, options: CachePodOptions): V1Container[] {
  const image = imageFor("proxy", options.images);
  const port = listeningPort(spec);
  if (needsIamFront(spec)) return [iamFrontContainer(spec, { image, port, secretName: options.accessSecret ?? "" })];
  return spec.access?.tls === "preferred" ? [bothWaysContainer(image, port)] : [];
}

function engineContainer(spec: CacheNodeSpec, options: CachePodOptions): V1Container {
  const port = ownPort(spec);
  const mounts = [
    ...(hasRdb(spec.engine) ? [dataMount()] : []),
    ...(options.accessSecret === undefined ? [] : [accessMount()]),
  ];
  return {
    name: cacheContainer,
    image: imageFor(spec.engine, options.images, spec.engineVersion),
    args: engineArguments(spec, options.name, options.claim !== undefined),
    ports: [{ name: "cache", containerPort: port }],
    readinessProbe: { tcpSocket: { port }, periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 3 },
    resources: resources(spec, options.resources),
    ...(hasRdb(spec.engine)
      ? {
          lifecycle: { preStop: { exec: { command: ["sleep", String(handOverSeconds)] } } },
        }
      : {}),
    ...(mounts.length === 0 ? {} : { volumeMounts: mounts }),
  };
}

function restoreContainer(options: CachePodOptions, restore: RestoreSource): V1Container {
  const fromSecret = (key: string) => ({ secretKeyRef: { name: restore.secretName, key } });
  return {
    name: "restore",
    image: imageFor("restore", options.images),
    command: ["sh", "-c", options.claim === undefined ? restoreScript : `${restoreScript}\n${appendOnlyScript}`],
    workingDir: "/data",
    env: [
      { name: "FAKECLOUD_RDB_URL", valueFrom: fromSecret("url") },
      { name: "FAKECLOUD_RDB_TOKEN", valueFrom: fromSecret("token") },
      { name: "FAKECLOUD_RDB_SHA256", value: restore.sha256 },
    ],
    resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "1", memory: "256Mi" } },
    volumeMounts: [dataMount()],
  };
}

/** Storage that ignores `fsGroup` (hostPath) belongs to root. */
function ownerContainer(options: CachePodOptions, user: number): V1Container {
  return {
    name: "own-data",
    image: imageFor("restore", options.images),
    command: ["chown", `${user}:${user}`, "/data"],
    securityContext: {
      runAsUser: 0,
      runAsNonRoot: false,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"], add: ["CHOWN"] },
    },
    resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "1", memory: "64Mi" } },
    volumeMounts: [dataMount()],
  };
}

function resources(spec: CacheNodeSpec, wanted: CacheResources = {}): NonNullable<V1Container["resources"]> {
  const { memoryBytes, vcpu } = nodeSize(spec.nodeType);
  const limitMib = Math.ceil(memoryBytes / 1_048_576);
  return {
    requests: {
      cpu: `${wanted.cpuRequestMillis ?? 50}m`,
      memory: `${Math.min(wanted.memoryRequestMib ?? 64, limitMib)}Mi`,
    },
    limits: { cpu: String(vcpu), memory: `${limitMib}Mi` },
  };
}
