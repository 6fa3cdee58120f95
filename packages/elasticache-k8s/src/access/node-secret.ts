import type { CacheNodeSpec } from "@fc/elasticache/backend";
import type { V1Secret, V1Service } from "@kubernetes/client-node";
import { hasRdb } from "../engines/engine-arguments.ts";
import type { CacheContext } from "../node/cache-context.ts";
import { resourceServices } from "../node/find-node.ts";
import { cacheMetadata } from "../pod/cache-metadata.ts";
import { serviceName } from "../pod/cache-names.ts";
import { accessFiles } from "./access-volume.ts";
import { aclFile, aclUsers } from "./acl-rules.ts";
import { adminUser } from "./admin-user.ts";
import { iamFiles } from "./iam-front.ts";
import { needsIamFront } from "./iam-users.ts";
import type { InstallationAccess } from "./installation-secrets.ts";
import { ownPort } from "./own-port.ts";

/** What stands for the caches of a namespace in their certificates: what connects to a Pod by its address asks for this name. */
export function certificateName(namespace: string): string {
  return `cache.${namespace}.svc.cluster.local`;
}

/** The name of the Secret of a node: that of its Service. */
export function nodeSecretName(
  context: CacheContext,
  spec: Pick<CacheNodeSpec, "resourceId" | "memberId" | "nodeKey">,
): string {
  return serviceName(spec.memberId ?? spec.resourceId, spec.nodeKey, context.installation);
}

/** Whether the engine of a node needs files from a Secret. */
export function needsSecret(spec: CacheNodeSpec): boolean {
  return hasRdb(spec.engine) || spec.access?.tls !== undefined;
}

/**
 * Puts the Secret that the next Pod of a node mounts in the place of the former one: users, replication password, certificate. A Pod
 * that runs has read it already. The Services that clients use must be there: their addresses are in the certificate.
 */
export async function writeNodeSecret(context: CacheContext, spec: CacheNodeSpec, signal: AbortSignal): Promise<void> {
  const { client } = context;
  const name = nodeSecretName(context, spec);
  const access = await context.secrets.access();
  const services = spec.access?.tls === undefined ? [] : await resourceServices(context, spec, signal);
  const { internalUrl } = context;
  const secret = buildNodeSecret(spec, { name, access, namespace: client.namespace, services, internalUrl });
  const metadata = client.owned(secret.metadata ?? {}, "installation", "elasticache");
  await client.deleteSecret(name, { signal });
  await client.createSecret({ ...secret, metadata }, { signal });
}

interface NodeSecretParts {
  readonly name: string;
  readonly access: InstallationAccess;
  readonly namespace: string;
  readonly services: readonly V1Service[];
  /** Where Pods reach the server. */
  readonly internalUrl: string;
}

/** The server's route for what stands before engines with IAM users. */
const iamLoginPath = "/_fakecloud/elasticache/_internal/iam-login";

/** Pure but for the key of the certificate. */
export function buildNodeSecret(spec: CacheNodeSpec, parts: NodeSecretParts): V1Secret {
  const { name, access, internalUrl } = parts;
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: cacheMetadata(name, spec),
    type: "Opaque",
    stringData: {
      ...(hasRdb(spec.engine) ? engineFiles(spec, access) : {}),
      ...(spec.access?.tls === undefined ? {} : certificateFiles(parts)),
      ...(needsIamFront(spec)
        ? { [iamFiles.url]: `${internalUrl}${iamLoginPath}`, [iamFiles.token]: access.iamToken(spec.nodeKey) }
        : {}),
    },
  };
}

function engineFiles(spec: CacheNodeSpec, access: InstallationAccess): Record<string, string> {
  return {
    // A replica introduces itself to its primary with these.
    [accessFiles.configuration]: [
      `masteruser ${adminUser}`,
      `masterauth ${access.adminPassword(spec)}`,
      listensAt(spec),
      "",
    ].join("\n"),
    [accessFiles.users]: aclFile(aclUsers(spec, access)),
  };
}

/** A comment to the engine; redis-cli in the Pod is told by it where the engine itself listens. */
function listensAt(spec: CacheNodeSpec): string {
  const port = ownPort(spec);
  return spec.access?.tls === "required" ? `#tls-port ${port}` : `#port ${port}`;
}

function certificateFiles({ access, name, namespace, services }: NodeSecretParts): Record<string, string> {
  const domain = `${namespace}.svc`;
  const addresses = services.flatMap(({ spec: { clusterIP } = {} }) =>
    clusterIP === undefined || clusterIP === "None" ? [] : [clusterIP],
  );
  const { certificate, key } = access.authority.issue({
    commonName: name,
    // The nodes of a cluster know each other by their certificates.
    usage: "peer",
    names: [
      `*.${domain}.cluster.local`,
      `*.${domain}`,
      `*.${namespace}`,
      ...services.map(({ metadata }) => metadata?.name ?? ""),
      "localhost",
      "127.0.0.1",
      ...addresses,
    ],
  });
  return {
    [accessFiles.certificate]: certificate,
    [accessFiles.key]: key,
    [accessFiles.authority]: access.authority.certificate,
  };
}
