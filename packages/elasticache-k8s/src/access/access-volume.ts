import type { CacheNodeSpec } from "@fc/elasticache/backend";
import type { V1Volume, V1VolumeMount } from "@kubernetes/client-node";
import { bothWaysPorts } from "./both-ways.ts";
import { needsIamFront } from "./iam-users.ts";

/** The files of a node's Secret. */
export const accessFiles = {
  /** Configuration of the engine that is secret. */
  configuration: "engine.conf",
  users: "users.acl",
  certificate: "tls.crt",
  key: "tls.key",
  authority: "ca.crt",
} as const;

/** Where a cache container finds them. */
export const accessDirectory = "/run/fakecloud-cache";

const volumeName = "access";

export function accessVolume(secretName: string): V1Volume {
  // Readable by the one user that the container runs as, whichever the image's is.
  return { name: volumeName, secret: { secretName, defaultMode: 0o444 } };
}

export function accessMount(): V1VolumeMount {
  return { name: volumeName, mountPath: accessDirectory, readOnly: true };
}

/** The first argument of redis and valkey: their secret configuration. Its paths are arguments, which the embedded cluster can rewrite. */
export function configurationFile(): string {
  return `${accessDirectory}/${accessFiles.configuration}`;
}

/** The arguments of redis and valkey that make them listen as wanted, on `port`, and know their users. */
export function redisAccessArguments(spec: CacheNodeSpec, port: number): string[] {
  const path = (file: string): string => `${accessDirectory}/${file}`;
  const users = ["--aclfile", path(accessFiles.users)];
  if (spec.access?.tls === undefined) return [...users, "--port", String(port)];
  const both = spec.access.tls === "preferred";
  const { plain, tls } = bothWaysPorts(port);
  const listening = both
    ? ["--port", String(plain), "--tls-port", String(tls), "--replica-announce-port", String(port)]
    : ["--port", "0", ...encryptedPort(spec, port)];
  return [
    ...users,
    ...listening,
    ...["--tls-cert-file", path(accessFiles.certificate)],
    ...["--tls-key-file", path(accessFiles.key)],
    ...["--tls-ca-cert-file", path(accessFiles.authority)],
    // Clients are known by their passwords.
    ...["--tls-auth-clients", "no"],
    ...(both ? [] : ["--tls-replication", "yes"]),
  ];
}

/** Behind what knows the tokens of IAM users, which has the port that clients know. */
function encryptedPort(spec: CacheNodeSpec, port: number): string[] {
  if (!needsIamFront(spec)) return ["--tls-port", String(port)];
  return ["--tls-port", String(bothWaysPorts(port).tls), "--replica-announce-port", String(port)];
}

/** The same for memcached, which has no users. */
export function memcachedAccessOptions(spec: CacheNodeSpec): { readonly flags: string[]; readonly options: string[] } {
  if (spec.access?.tls === undefined) return { flags: [], options: [] };
  const path = (file: string): string => `${accessDirectory}/${file}`;
  return {
    flags: ["-Z"],
    options: [`ssl_chain_cert=${path(accessFiles.certificate)}`, `ssl_key=${path(accessFiles.key)}`],
  };
}
